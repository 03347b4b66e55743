"""`./dubarr library`: bulk dubbing of a folder: every film that lacks a language."""

import hashlib
import os
import re
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from cli import console
from cli.dub import parse_languages, use_service
from cli.library import pipeline_process
from cli.library.display import Tally, build_plan_table, format_plan_summary, format_summary, show_progress_bar
from cli.library.pipeline_process import LibraryWork, RayGone, wait_until_gone
from cli.service import process
from pipeline.errors import DubarrError, FilmRefused, NotFound, NotPossible
from pipeline.library import report as library_report
from pipeline.library import run as bulk
from pipeline.library.report import ReportWriter
from pipeline.library.run import Survey
from pipeline.library.scan import DubbingRules, Row, RunHistory, plan_film
from pipeline.settings import Settings
from pipeline.text import languages
from serve.auth.credentials import load_credentials
from serve.client.client import Client
from serve.client.client_errors import ServiceUnavailable
from serve.client.library_client import update_memory

MAX_PARALLEL_LOOKS = 4
RESTART_LIMIT_S = 300.0  # s that a service which starts anew is waited for
POLL_INTERVAL_S = 1.0  # s between looks at whether it is there
RESUME_HINT = "what is dubbed is in the report, what the service has goes on where one runs; the same command goes on from there"


@dataclass(frozen=True, slots=True)
class LibraryOptions:
    """Options of a bulk run. `most`: films to dub at most, None for all; `at_once`: films offered to the service at a time."""

    root: Path
    rules: DubbingRules
    report: Path
    at_once: int
    most: int | None


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="FOLDER")
@click.option("--to", "targets", metavar="LANGS", help="Languages, separated by commas: es,ca.  [default: TARGET_LANGS]")
@click.option("--from", "sources", metavar="LANGS", help="Only films in these languages.  [default: any]")
@click.option(
    "--longest",
    type=click.FloatRange(min=0, min_open=True),
    default=240.0,
    show_default=True,
    metavar="MINUTES",
    help="Only films up to this length.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Dub at most so many films this time.")
@click.option(
    "--at-once",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    metavar="N",
    help="Films offered to the service at a time.",
)
@click.option(
    "--retry-failed",
    is_flag=True,
    help="Also films that failed before. Without it they are left alone, so that a nightly run does not fail at them again.",
)
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Parquet files, a row a film and run.  [default: in DATA_DIR/library]",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be done, and why.")
def library(
    folder: Path,
    targets: str | None,
    sources: str | None,
    longest: float,
    limit: int | None,
    at_once: int,
    retry_failed: bool,
    report: Path | None,
    dry_run: bool,
) -> None:
    """Dub every film of a folder that lacks a language.

    Films that have it, that are too long or dubs of ours are left alone. Films that somebody waits for (an upload, Sonarr,
    Radarr, `./dubarr dub`) come first. Stop it whenever you like: the same command goes on, and repeats nothing. The last
    line on stdout is the report's folder.
    """
    settings = console.load_settings()
    root = folder.resolve()
    wanted = tuple(map(languages.require_tag, parse_languages(targets) or settings.target_langs))
    spoken = tuple(map(languages.require_tag, parse_languages(sources)))
    rules = DubbingRules(wanted, spoken, longest * 60, retry_failed)
    order = LibraryOptions(root, rules, report or find_default_report(settings, root), at_once, limit)
    if dry_run:
        show_plan(order, settings)
        return
    tally = dub_library(order, settings)
    console.say(format_summary(tally))
    console.write_result(order.report)
    if tally.failures:
        raise DubarrError(f"{len(tally.failures)} films could not be dubbed; --retry-failed tries them again")


def find_default_report(settings: Settings, root: Path) -> Path:
    """The default folder of a library's report, unique for each library folder, also where two have the same name."""
    digest = hashlib.blake2b(os.fsencode(root), digest_size=3).hexdigest()
    return settings.data_dir / "library" / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', root.name) or 'films'}-{digest}"


def show_plan(order: LibraryOptions, settings: Settings) -> None:
    """Print the plan as a table, and its totals. Starts neither Ray nor a service."""
    memory = load_memory(order, settings)
    surveyed = bulk.survey_library(order.root, order.rules, memory)
    with ThreadPoolExecutor(MAX_PARALLEL_LOOKS) as pool, console.show_spinner(f"looking into {len(surveyed.open)} films"):
        looked = pool.map(lambda path: plan_film(path, order.rules, memory), surveyed.open)
        rows = sorted((*surveyed.rows, *looked), key=lambda row: str(row["path"]))
    tally = Tally(len(rows))
    for row in rows:
        tally.add(row)
    console.create_stdout_console().print(build_plan_table(rows, order.root))
    console.say(format_plan_summary(tally))


def load_memory(order: LibraryOptions, settings: Settings) -> RunHistory:
    """The memory of earlier runs by their report, updated from the service's tasks where one runs."""
    memory = library_report.read_history(order.report)
    found = process.find_service(settings)
    if found is None or not found.ready:
        return memory
    try:
        with process.open_client(settings, found) as client:
            return update_memory(memory, client, order.root)
    except ServiceUnavailable:
        return memory  # it is restarting; what needs it waits for it


def dub_library(order: LibraryOptions, settings: Settings) -> Tally:
    """Dub what is open. Where nothing is, neither Ray nor a service is needed."""
    memory = load_memory(order, settings)
    surveyed = bulk.survey_library(order.root, order.rules, memory)
    tally = Tally(len(surveyed.rows) + len(surveyed.open))
    with ReportWriter(order.report) as report:

        def note(row: Row) -> None:
            report.add(row)
            tally.add(row)

        if not surveyed.open:
            for row in surveyed.rows:
                note(row)
            return tally
        try:
            with use_service(settings, [order.root]) as found:
                _dub_open_films(order, settings, found, note, tally)
        except KeyboardInterrupt:
            console.say(f"interrupted after {tally.dubbed} films; {RESUME_HINT}")
            raise
    return tally


def _dub_open_films(
    order: LibraryOptions, settings: Settings, found: process.Service, note: Callable[[Row], None], tally: Tally
) -> None:
    """Dub all open films through this service, resuming where it restarts meanwhile; its tasks decide what failed before."""
    seen: set[str] = set()
    with show_progress_bar(tally) as shown:
        while True:
            gone = partial(is_gone, settings, found)
            try:
                with closing(
                    pipeline_process.stream_rows(_build_work(order, settings, found, tally, seen), is_gone=gone)
                ) as rows:
                    for row in rows:
                        seen.add(row["path"])
                        note(row)
                        shown()
            except (RayGone, ServiceUnavailable):
                if not wait_until_gone(gone):
                    raise  # it is there, and does not answer
                console.say("the service starts anew; this goes on with it")
                found = _wait_for_restart(settings)
            else:
                return


def _build_work(
    order: LibraryOptions, settings: Settings, found: process.Service, tally: Tally, seen: Collection[str]
) -> LibraryWork:
    """The remaining work: the films that are not in `seen`."""
    with process.open_client(settings, found) as client:
        _require_in_library(client, order.root)
        memory = update_memory(library_report.read_history(order.report), client, order.root)
    whole = bulk.survey_library(order.root, order.rules, memory)
    surveyed = Survey(
        tuple(row for row in whole.rows if row["path"] not in seen), tuple(path for path in whole.open if str(path) not in seen)
    )
    left = None if order.most is None else order.most - tally.dubbed - len(tally.failures)
    who = load_credentials(settings)
    return LibraryWork(surveyed, order.rules, memory, order.at_once, left, found.ray, found.url, who.user, who.password)


def _wait_for_restart(settings: Settings) -> process.Service:
    """Wait for the service to run again. NotPossible after RESTART_LIMIT_S."""
    deadline = time.monotonic() + RESTART_LIMIT_S
    while (found := process.find_service(settings)) is None or not found.ready:
        if time.monotonic() > deadline:
            raise NotPossible(f"the service ended and did not come back within {RESTART_LIMIT_S:g} s; {RESUME_HINT}")
        time.sleep(POLL_INTERVAL_S)
    return found


def is_gone(settings: Settings, found: process.Service) -> bool:
    """True if the Ray cluster that this service ran on has ended."""
    now = process.find_service(settings)
    return bool(found.ray) and (now is None or now.ray != found.ray)


def _require_in_library(client: Client, root: Path) -> None:
    """NotPossible unless the folder is in the service's library: bulk dubbing never uploads, which would copy every film."""
    try:
        client.library(root)
    except (FilmRefused, NotFound) as error:
        advice = f"add {root} to LIBRARY_ROOTS and start it again, or ./dubarr stop: one is then started for this"
        raise NotPossible(f"the service that runs does not take films from there ({error}); {advice}") from error
