"""What the commands share: the settings of this folder, and how to write to people (stderr) and to scripts (stdout)."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import settings as settings_of
from pipeline.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console


UNFOLDED = 1000  # columns


def home() -> Path:
    """The folder of `.env`, data, videos and logs: the checkout's own under `./dubarr`, wherever one stands."""
    return Path(os.environ.get("DUBARR_HOME") or Path.cwd())


def load_settings(overrides: Mapping[str, str | None] | None = None) -> Settings:
    """The settings, with what was said on the command line over what stands in the environment or in `.env`."""
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    return settings_of.load({**os.environ, **given}, folder=home())


def say(text: str) -> None:
    """A sentence to the person at the terminal. stdout is for results."""
    click.echo(text, err=True)


def console() -> "Console":
    """Rich's console on stderr. Log lines and file names are no markup: it is switched off."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def results() -> "Console":
    """Rich's console on stdout, for tables. Where no terminal sets its width, nothing is folded."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else UNFOLDED)


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """A spinner for as long as the block; without a terminal, the words alone."""
    screen = console()
    if not screen.is_terminal:
        say(f"{text} …")
        yield
        return
    with screen.status(text):
        yield


def length(seconds: float | None) -> str:
    """A duration for people: `1:15`, `1:02:03`; "" where it is not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
