"""`./dubarr check` and `./dubarr test`: what a developer runs, and what CI runs."""

import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import click

from cli import screen
from pipeline import programs
from pipeline.settings import Settings

ROOT = Path(__file__).parents[1]
NOTHING_COLLECTED = 5  # pytest's exit code where a selection is empty
QUICK, SLOW = "not slow and not gpu", "slow and not gpu"

# Each is a script of this environment, whatever else is on PATH.
SCRIPTS = Path(sys.executable).parent
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", ".")),
    ("lint", ("ruff", "check", ".")),
    ("types", ("mypy",)),
    ("imports", ("lint-imports",)),
    ("tests", ("pytest", "-q", "-m", QUICK)),
)


@click.command()
def check() -> None:
    """Format, lint, types, imports and quick tests.

    All of them are run, whatever fails.
    """
    failed = [name for name, args in CHECKS if _tool(name, args) != 0]
    if failed:
        raise click.ClickException(f"not in order: {', '.join(failed)}")
    screen.say("all in order")


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.option("--fast", is_flag=True, help="Only the tests that are not marked slow.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def test(fast: bool, pytest_args: tuple[str, ...]) -> None:
    """Run all tests.

    First the quick ones, then those that start Ray. Other arguments go to pytest.
    """
    lanes = (QUICK,) if fast else (QUICK, SLOW)
    codes = [_tool(f"tests: {lane}", ("pytest", "-m", lane, *pytest_args)) for lane in lanes]
    failures = [code for code in codes if code not in (0, NOTHING_COLLECTED)]
    sys.exit(failures[0] if failures else 0 if 0 in codes else NOTHING_COLLECTED)


def _tool(name: str, args: Sequence[str]) -> int:
    screen.say(f"── {name}")
    os.chdir(ROOT)
    return programs.attached([str(SCRIPTS / args[0]), *args[1:]], env=_environment())


def _environment() -> dict[str, str]:
    """Ours without any setting: what a developer's shell says of a port or a cluster must not sway the tests."""
    ours = {setting.metadata["env"] for setting in fields(Settings)} | {"DUBARR_HOME", "RAY_ADDRESS"}
    return {name: value for name, value in os.environ.items() if name not in ours} | {"PYTHONPATH": str(ROOT)}
