"""`./dubarr check` and `./dubarr test`: what a developer runs, and what CI runs."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import click

from cli import console
from pipeline.errors import DubarrError, ProgramError
from pipeline.processes import subprocesses
from pipeline.settings import Settings

ROOT = Path(__file__).parents[1]
NOTHING_COLLECTED = 5  # pytest's exit code where a selection is empty
QUICK_LANE = "not slow and not models and not gpu and not omnivoice and not browser"
BROWSER_LANE, SLOW_LANE = "browser and not slow and not models and not gpu", "slow and not models and not gpu"
MODELS_LANE, GPU_LANE = "models and not gpu", "gpu"
OMNIVOICE_LANE, OMNIVOICE_TESTS = "omnivoice", "tests/pipeline/engines/test_synthesizer_omnivoice.py"
PROFILE = "cpu-models"  # brings the libraries of MODELS and GPU, on a GPU too
OFFLINE = {"HF_HUB_OFFLINE": "1", "PYANNOTE_METRICS_ENABLED": "0"}  # their tests make the models on the spot
COLLECT_LIMIT_S = 600.0  # s
PARALLEL_OPTIONS = ("-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile")  # tests share their file's fixtures alone
SERVICE_OPTIONS = ("-n", "2", "--dist", "loadfile", "--timeout=600")  # a service waits half of its time, and takes 3 GB
WITHOUT_RAY = ("tests/pipeline", "tests/dashboard")  # folders whose slow tests start no service

# Each is a script of this environment, whatever else is on PATH.
SCRIPTS = Path(sys.executable).parent
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", ".")),
    ("lint", ("ruff", "check", ".")),
    ("types", ("mypy",)),
    ("imports", ("lint-imports",)),
    ("dependencies", ("deptry", ".")),
    ("tests", ("pytest", "-q", "-m", QUICK_LANE, *PARALLEL_OPTIONS)),
)


@click.command()
def check() -> None:
    """Format, lint, types, imports, declared dependencies and quick tests.

    All of them are run, whatever fails.
    """
    failed = [name for name, args in CHECKS if _run_tool(name, args) != 0]
    if failed:
        raise click.ClickException(f"not in order: {', '.join(failed)}")
    console.say("all in order")


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.option(
    "--fast", is_flag=True, help="Only the tests that are quick, and need neither a browser nor the GPU engines' libraries."
)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def test(fast: bool, pytest_args: tuple[str, ...]) -> None:
    """Run all tests.

    First the quick ones, then those in a browser, those that take long or start Ray, those that run the GPU engines' libraries
    on tiny models (these are installed for it), and, where there is a GPU, those that need one. Other arguments go to pytest.
    """
    _fetch_weights()
    codes = [_run_lane(lane, pytest_args) for lane in ((QUICK_LANE,) if fast else (QUICK_LANE, BROWSER_LANE, SLOW_LANE))]
    if not fast:
        codes += [_run_lane(lane, pytest_args, OFFLINE) for lane in _list_model_lanes(pytest_args)]
        codes += _run_omnivoice_lane(pytest_args)
    failures = [code for code in codes if code not in (0, NOTHING_COLLECTED)]
    sys.exit(failures[0] if failures else 0 if 0 in codes else NOTHING_COLLECTED)


def _fetch_weights() -> None:
    """Fetch what the default profile loads: tests on real weights are skipped where there are none."""
    from cli.install import model_downloads

    try:
        model_downloads.fetch_for_start(Settings())
    except DubarrError as error:
        console.say(f"{error}\ntests on real weights will be skipped")


def _list_model_lanes(pytest_args: Sequence[str]) -> Iterator[str]:
    """The lanes of the GPU engines' libraries, which are set up before the first of them. None where nothing would run."""
    from cli import machine_probe
    from cli.install import setup

    lanes = [lane for lane in (MODELS_LANE, *((GPU_LANE,) if machine_probe.probe_gpus() else ())) if has_tests(lane, pytest_args)]
    if not lanes:
        return
    console.say(f"── set-up: {PROFILE}")
    setup.make_ready(Settings(profile=PROFILE, aligner="qwen3", watermark=True))
    setup.make_ready(Settings(profile=PROFILE, synthesizer=OMNIVOICE_LANE))
    yield from lanes


def _run_omnivoice_lane(pytest_args: Sequence[str]) -> Sequence[int]:
    """Run the tests of OmniVoice's library by the Python of its environment, which finds pytest in the service's own."""
    from cli.install import engine_environments

    environment = engine_environments.build_omnivoice_environment()
    if not has_tests(OMNIVOICE_LANE, pytest_args) or not engine_environments.is_up_to_date(environment):
        return ()
    console.say(f"── tests: {OMNIVOICE_LANE}")
    chosen = pytest_args or (OMNIVOICE_TESTS,)
    command = [str(environment.python), "-P", "-m", "pytest", "-m", OMNIVOICE_LANE, *chosen]
    return (subprocesses.run_on_terminal(command, env=_build_environment() | OFFLINE),)


def has_tests(lane: str, pytest_args: Sequence[str]) -> bool:
    """True where pytest finds any test of a lane by these arguments."""
    os.chdir(ROOT)
    command = (str(SCRIPTS / "pytest"), "--collect-only", "-q", "-m", lane, *pytest_args)
    try:
        with subprocesses.start_process(command, timeout=COLLECT_LIMIT_S, env=_build_environment()) as process:
            process.communicate()
    except ProgramError as error:
        return error.code != NOTHING_COLLECTED  # what cannot be collected is told by the lane itself
    return True


def _run_lane(lane: str, pytest_args: Sequence[str], more: Mapping[str, str] | None = None) -> int:
    """Run the tests of a lane. Without arguments what can run in parallel does; a few chosen tests are shown as they are run."""
    if not pytest_args and lane in (QUICK_LANE, BROWSER_LANE):
        return _run_parts(("-m", lane, *PARALLEL_OPTIONS), more=more)
    if not pytest_args and lane == SLOW_LANE:
        alone = [f"--ignore={folder}" for folder in WITHOUT_RAY]
        return _run_parts(("-m", lane, *WITHOUT_RAY, *PARALLEL_OPTIONS), ("-m", lane, *alone, *SERVICE_OPTIONS), more=more)
    if not pytest_args and lane == MODELS_LANE:
        return _run_parts(("-m", lane, *SERVICE_OPTIONS), more=more)
    return _run_parts(("-m", lane, *pytest_args), more=more)


def _run_parts(*parts: Sequence[str], more: Mapping[str, str] | None) -> int:
    """Run pytest with each of the arguments, whatever fails. `parts`: expression of markers second."""
    codes = [_run_tool(f"tests: {' '.join(args[1:])}", ("pytest", *args), more) for args in parts]
    return next((code for code in codes if code != 0), 0)


def _run_tool(name: str, args: Sequence[str], more: Mapping[str, str] | None = None) -> int:
    console.say(f"── {name}")
    os.chdir(ROOT)
    return subprocesses.run_on_terminal([str(SCRIPTS / args[0]), *args[1:]], env=_build_environment() | dict(more or {}))


def _build_environment() -> dict[str, str]:
    """Ours without any setting: what a developer's shell says of a port or a cluster must not sway the tests."""
    ours = {setting.metadata["env"] for setting in fields(Settings)} | {"DUBARR_HOME", "RAY_ADDRESS"}
    return {name: value for name, value in os.environ.items() if name not in ours} | {"PYTHONPATH": str(ROOT)}
