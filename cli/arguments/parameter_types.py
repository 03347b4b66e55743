"""Types of arguments and options: languages, tasks, paths of films, callbacks. A value that cannot be used is wrong usage (exit code 2)."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from pipeline.errors import LanguageError
from pipeline.text import languages

TASK_ID = click.IntRange(1, 2**63 - 1)  # DuckDB's BIGINT
F = TypeVar("F", bound=Callable[..., Any])
TARGETS_HELP = "Languages, separated by commas: es,ca.  [default: TARGET_LANGS]"


class FilmArgument(click.Path):
    """Path of a film, a folder or a pattern; an empty one, as of a shell variable that is not set, is refused."""

    def convert(self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path as it is given. UsageError for an empty one, which would stand for the current folder."""
        if value == "":
            self.fail("A film's name is empty; give '.' for the current folder.", param, ctx)
        return super().convert(value, param, ctx)


def parse_language(text: str) -> str:
    """BCP 47 tag in its standard form: `EN-us` is `en-US`. UsageError, with the tag of a language that was given by its name."""
    try:
        return languages.require_tag(text)
    except LanguageError as error:
        tag = languages.find_tag_by_name(text.strip()) if text.strip() else None
        raise click.BadParameter(f"{error}; {languages.get_english_name(tag)} is {tag}" if tag else str(error)) from None


def parse_languages(text: str) -> tuple[str, ...]:
    """BCP 47 tags, separated by commas, without repetitions: `es,ca`. UsageError where one of them is none, or there is none."""
    tags = [tag for tag in text.split(",") if tag.strip()]
    if not tags:
        raise click.BadParameter(f"{text!r} names no language; give BCP 47 tags, as in es,ca")
    return tuple(dict.fromkeys(map(parse_language, tags)))


def add_targets_option(command: F) -> F:
    """Decorator: the option `--to` of a command, the target languages as the parameter `targets`."""
    return click.option("--to", "targets", type=parse_languages, metavar="LANGS", help=TARGETS_HELP)(command)


def check_callback(url: str | None) -> str | None:
    """Check a callback by the API's rules, before anything is started. UsageError."""
    if url is None:
        return None
    from serve.connections.callback_url import MAX_URL_CHARACTERS, require_callback_url

    try:
        if len(url) > MAX_URL_CHARACTERS:
            raise ValueError(f"is longer than {MAX_URL_CHARACTERS} characters; give a shorter one")
        return require_callback_url(url)
    except ValueError as error:
        raise click.UsageError(f"--callback {error}") from None
