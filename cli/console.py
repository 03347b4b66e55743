"""Console output and settings for all commands: messages and progress on stderr, results on stdout, names escaped."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import settings_loader
from pipeline.control_characters import escape_control_characters
from pipeline.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


MAX_WIDTH_COLUMNS = 1000  # columns
UPDATE_INTERVAL_S = 10.0  # s between lines of progress where there is no terminal


def find_home_folder() -> Path:
    """The folder of `.env`, data, videos and logs: DUBARR_HOME, which `./dubarr` sets to its own folder; else the current folder."""
    return Path(os.environ.get("DUBARR_HOME") or Path.cwd())


def load_settings(overrides: Mapping[str, str | None] | None = None) -> Settings:
    """The settings: command-line overrides first (None: not given), then the environment, then `.env`."""
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    return settings_loader.load_settings({**os.environ, **given}, folder=find_home_folder())


def say(text: str) -> None:
    """Write a message to stderr, of one line or several; stdout is for results.

    Control characters are escaped, line breaks are not: a file name inside the text must go through `escape_line` first.
    """
    click.echo(escape_control_characters(text, keep="\n"), err=True)


def write_result(result: object) -> None:
    """A line of a command's result on stdout. Control characters in it are escaped, line breaks too."""
    click.echo(escape_line(str(result)))


def escape_line(text: str) -> str:
    """A name or an error message from outside as one line without control characters."""
    return escape_control_characters(text)


def escape_lines(*parts: str) -> "Text":
    """Lines for a console, each escaped."""
    from rich.text import Text

    return Text("\n".join(map(escape_line, parts)))


def create_stderr_console() -> "Console":
    """Rich's console on stderr. Where no terminal sets its width, nothing is folded."""
    return _create_console(stderr=True, width=None if sys.stderr.isatty() else MAX_WIDTH_COLUMNS)


def create_stdout_console() -> "Console":
    """Rich's console on stdout, for tables. Where no terminal sets its width, nothing is folded."""
    return _create_console(stderr=False, width=None if sys.stdout.isatty() else MAX_WIDTH_COLUMNS)


def _create_console(*, stderr: bool, width: int | None) -> "Console":
    """A console whose strings, table cells among them, are one line each and no markup: they may be file names."""
    from rich.console import Console
    from rich.text import Text

    class PlainConsole(Console):
        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(escape_line(text), **options)

    return PlainConsole(stderr=stderr, markup=False, highlight=False, emoji=False, width=width)


@contextmanager
def show_spinner(text: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner while the block runs; without a terminal, the text alone. Gives a function that changes the text: without a
    terminal a line is written at most each UPDATE_INTERVAL_S.
    """
    screen = create_stderr_console()
    if screen.is_terminal:
        with screen.status(escape_lines(text)) as status:
            yield lambda words: status.update(escape_lines(words))
        return
    say(f"{text} …")
    told = time.monotonic()

    def update(words: str) -> None:
        nonlocal told
        if time.monotonic() - told >= UPDATE_INTERVAL_S:
            told = time.monotonic()
            say(f"{words} …")

    yield update


def format_count(number: int, name: str) -> str:
    """A number of things for people: `1 film`, `1,200 films`."""
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def format_duration(seconds: float | None) -> str:
    """A duration for people: `1:15`, `1:02:03`; "" where it is not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
