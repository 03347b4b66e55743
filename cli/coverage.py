"""`./dubarr coverage`: the films of the library, their languages, and the languages that they lack."""

import time
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.arguments.parameter_types import parse_language
from cli.service import process
from pipeline.errors import DubarrError, NotPossible
from pipeline.values.library.coverage import CoverageState
from serve.runtime import state_file

if TYPE_CHECKING:
    from rich.table import Table

    from serve.client.client import Client

STATE_LABELS = {"needed": "needs a dub", "partial": "partial", "complete": "complete", "not_wanted": "not wanted"}
POLL_INTERVAL_S = 0.5
LACKING = frozenset({"missing", "failed"})

Json = dict[str, Any]


@click.command()
@click.option("--scan", is_flag=True, help="Scan the library first. Only new and changed files are probed.")
@click.option("--state", type=click.Choice([each.value for each in CoverageState]), help="Only films in this state.")
@click.option("--search", default="", metavar="WORDS", help="Only films with all these words in path or title.")
@click.option(
    "--language",
    type=parse_language,
    metavar="LANG",
    help="Only films for which this language is wanted; its state alone counts.",
)
@click.option("--dub", "is_dubbed", is_flag=True, help="Queue the films listed for the languages that they lack.")
def coverage(scan: bool, state: str | None, search: str, language: str | None, is_dubbed: bool) -> None:
    """Show each film of the library with its audio languages and its dubs.

    The films are those of Radarr and Sonarr where their addresses are set, and those of LIBRARY_ROOTS that neither knows. A language
    counts as there by an audio track of the film or by a finished dub.
    """
    settings = console.load_settings()
    with process.open_client(settings, state_file.require_service(settings)) as client:
        if scan or client.coverage()["scan"] is None:
            scan_library(client)
        page = client.coverage(state=state, search=search, language=language)
        films = list(client.coverage_films(state=state, search=search, language=language))
        for problem in (page["scan"] or {}).get("problems", []):
            console.say(console.escape_line(problem))
        if page["outdated"]:
            console.say("target languages, tags or rules have changed since the scan; --scan applies them")
        console.create_stdout_console().print(build_coverage_table(films))
        console.say(format_counts(page["counts"]))
        if is_dubbed:
            dub_missing(client, films)


def scan_library(client: "Client") -> None:
    """Scan the library, and wait until that has ended. One that is running is waited for."""
    try:
        client.scan_library()
    except NotPossible:
        console.say("a scan is running; waiting for it")
    with console.show_spinner("scanning the library"):
        while (client.coverage()["scan"] or {}).get("running"):
            time.sleep(POLL_INTERVAL_S)


def dub_missing(client: "Client", films: list[Json]) -> None:
    """Queue films for the languages that they lack, and tell those that were refused. DubarrError where there are some."""
    paths = [film["path"] for film in films if any(each["state"] in LACKING for each in film["wanted"])]
    outcomes = client.dub_missing(paths)
    refused = [each for each in outcomes if each["task"] is None]
    for each in refused:
        console.say(console.escape_line(f"{each['path']}: {each['message']}"))
    console.say(f"{len(outcomes) - len(refused)} of {len(outcomes)} films queued")
    if refused:
        raise DubarrError(f"{len(refused)} films were not queued")


def build_coverage_table(films: list[Json]) -> "Table":
    """Table of films: state, title, audio languages, wanted languages with their states."""
    from rich.table import Table
    from rich.text import Text

    table = Table("State", "Title", "Audio", "Wanted", box=None)
    for film in films:
        wanted = ", ".join(f"{each['language']} ({each['state']})" for each in film["wanted"]) or film["reason"]
        cells = (STATE_LABELS[film["state"]], film["title"], ", ".join(film["languages"]) or "unknown", wanted)
        table.add_row(*(Text(console.escape_line(cell)) for cell in cells))
    return table


def format_counts(counts: Json) -> str:
    """Films by state in words."""
    return ", ".join(f"{counts.get(state, 0):,} {label}" for state, label in STATE_LABELS.items())
