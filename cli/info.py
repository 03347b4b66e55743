"""`./dubarr settings`, `languages` and `logs`: commands that only read."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cli import console
from cli.arguments.parameter_types import parse_language
from pipeline import settings_loader
from pipeline.errors import NotFound

if TYPE_CHECKING:
    from rich.table import Table

    from serve.intake.supported_languages import LanguagePair


@click.command()
def settings() -> None:
    """Every setting, its value and its source.

    A setting is changed in the environment or in the file .env of Dubarr's folder, as in TARGET_LANGS=es,ca; ./dubarr redeploy takes it up.
    """
    from rich.table import Table

    table = Table("setting", "value", "from", "meaning", box=None, pad_edge=False)
    for setting in settings_loader.explain_settings(folder=console.find_home_folder()):
        table.add_row(setting.name, setting.value, setting.source, setting.help)
    console.create_stdout_console().print(table)


@click.command()
@click.argument("source", type=parse_language, required=False, metavar="[SOURCE]")
def languages(source: str | None) -> None:
    """List the supported language pairs.

    For the engines of the profile. SOURCE, as in en: only from this language, with the engines of each pair.
    """
    from pipeline.text import languages as names
    from serve import profile_loader
    from serve.intake import supported_languages

    chosen = profile_loader.load_profile(console.load_settings())
    understood = supported_languages.list_recognized_languages(chosen)
    for start in [source] if source else supported_languages.list_source_languages(chosen):
        can = supported_languages.list_target_languages(chosen, start)
        by_ear = understood is None or names.base_language(start) in understood
        note = (
            ""
            if by_ear
            else f"  (only with {names.get_english_name(start)} subtitles: {' and '.join(chosen.engines('transcriber'))} cannot understand it)"
        )
        called = ", ".join(f"{names.get_english_name(tag)} ({tag})" for tag in can) or "nothing"
        console.write_result(f"{names.get_english_name(start)} ({start}) → {called}{note}")
    if source:
        console.create_stdout_console().print(build_language_pairs_table(supported_languages.list_language_pairs(chosen, source)))
    elif others := supported_languages.find_fallback_synthesizers(chosen):
        told = ", ".join(f"{names.get_english_name(tag)} by {name}" for tag, name in others.items())
        console.write_result(f"not spoken by {chosen.engines('synthesizer')[0]}: {told}")


def build_language_pairs_table(ways: "Sequence[LanguagePair]") -> "Table":
    """The language pairs with their synthesizer, translators and translation route."""
    from rich.table import Table

    from pipeline.text import languages as names

    table = Table("into", "spoken by", "translated by", "route", box=None, pad_edge=False)
    for way in ways:
        called = f"{names.get_english_name(way.target)} ({way.target})"
        table.add_row(called, way.synthesizer, ", then ".join(way.translators), way.route)
    return table


@click.command()
@click.option("-f", "--follow", is_flag=True, help="Go on with new lines, until Ctrl-C.")
@click.option("-n", "--lines", type=click.IntRange(0), default=50, show_default=True, help="How many of the last lines.")
def logs(follow: bool, lines: int) -> None:
    """The service's log: `logs -n 200`, `logs --follow`."""
    from serve.status import log_tail

    path = console.load_settings().processing_log
    if not path.exists():
        raise NotFound(f"there is no log yet at {path}; ./dubarr serve writes it")
    follower = log_tail.LogFollower(path)
    follower.begin()  # before the last lines are read: a line that comes in between is shown twice rather than never
    for line in log_tail.read_last_lines(path, lines):
        console.write_result(line)
    while follow:
        for line in follower.new_lines():
            console.write_result(line)
        time.sleep(log_tail.POLL_INTERVAL_S)
