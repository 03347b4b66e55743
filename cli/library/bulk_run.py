"""Bulk run of `./dubarr library`: plan a folder, dub its open films through the service, and resume when it restarts."""

import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cli import console
from cli.dub import use_service
from cli.library import pipeline_process
from cli.library.display import Tally, build_plan_table, format_plan_summary, show_progress_bar
from cli.library.pipeline_process import LibraryWork, RayGone, wait_until_gone
from cli.service import process
from pipeline.errors import FilmRefused, NotFound, NotPossible
from pipeline.library import report as library_report
from pipeline.library import run as bulk
from pipeline.library.report import ReportWriter
from pipeline.library.run import Survey
from pipeline.library.scan import DubbingRules, Row, RunHistory, plan_film
from pipeline.settings import Settings
from serve.auth.credentials import load_credentials
from serve.client.client import Client
from serve.client.client_errors import ServiceUnavailable
from serve.client.library_client import update_memory
from serve.runtime import state_file

MAX_PARALLEL_LOOKS = 4
RESTART_LIMIT_S = 300.0  # s that a restarting service is waited for
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


def show_plan(order: LibraryOptions, settings: Settings) -> None:
    """Print the plan as a table, and its totals. Starts neither Ray nor a service."""
    history = load_run_history(order, settings)
    surveyed = bulk.survey_library(order.root, order.rules, history)
    with ThreadPoolExecutor(MAX_PARALLEL_LOOKS) as pool, console.show_spinner(f"looking into {len(surveyed.open)} films"):
        looked = pool.map(lambda path: plan_film(path, order.rules, history), surveyed.open)
        rows = sorted((*surveyed.rows, *looked), key=lambda row: str(row["path"]))
    tally = Tally(len(rows))
    for row in rows:
        tally.add(row)
    console.create_stdout_console().print(build_plan_table(rows, order.root))
    console.say(format_plan_summary(tally))


def load_run_history(order: LibraryOptions, settings: Settings) -> RunHistory:
    """The history of earlier runs by their report, updated from the service's tasks where one runs."""
    history = library_report.read_history(order.report)
    found = state_file.find_service(settings)
    if found is None or not found.ready:
        return history
    try:
        with process.open_client(settings, found) as client:
            return update_memory(history, client)
    except ServiceUnavailable:
        return history  # it is restarting; what needs it waits for it


def dub_library(order: LibraryOptions, settings: Settings) -> Tally:
    """Dub what is open. Where nothing is, neither Ray nor a service is needed."""
    history = load_run_history(order, settings)
    surveyed = bulk.survey_library(order.root, order.rules, history)
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
    order: LibraryOptions, settings: Settings, found: state_file.Service, note: Callable[[Row], None], tally: Tally
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
                console.say("the service is restarting; this run resumes with it")
                found = _wait_for_restart(settings)
            else:
                return


def _build_work(
    order: LibraryOptions, settings: Settings, found: state_file.Service, tally: Tally, seen: Collection[str]
) -> LibraryWork:
    """The remaining work: the films that are not in `seen`."""
    with process.open_client(settings, found) as client:
        require_in_library(client, order.root)
        history = update_memory(library_report.read_history(order.report), client)
    whole = bulk.survey_library(order.root, order.rules, history)
    surveyed = Survey(
        tuple(row for row in whole.rows if row["path"] not in seen), tuple(path for path in whole.open if str(path) not in seen)
    )
    left = None if order.most is None else order.most - tally.dubbed - len(tally.failures)
    who = load_credentials(settings)
    return LibraryWork(surveyed, order.rules, history, order.at_once, left, found.ray, found.url, who.user, who.password)


def _wait_for_restart(settings: Settings) -> state_file.Service:
    """Wait for the service to run again. NotPossible after RESTART_LIMIT_S."""
    deadline = time.monotonic() + RESTART_LIMIT_S
    while (found := state_file.find_service(settings)) is None or not found.ready:
        if time.monotonic() > deadline:
            raise NotPossible(f"the service ended and did not come back within {RESTART_LIMIT_S:g} s; {RESUME_HINT}")
        time.sleep(POLL_INTERVAL_S)
    return found


def is_gone(settings: Settings, found: state_file.Service) -> bool:
    """True if the Ray cluster that this service ran on has ended."""
    now = state_file.find_service(settings)
    return bool(found.ray) and (now is None or now.ray != found.ray)


def require_in_library(client: Client, root: Path) -> None:
    """NotPossible unless the folder is in the service's library: bulk dubbing never uploads, which would copy every film."""
    try:
        client.library(root)
    except (FilmRefused, NotFound) as error:
        advice = f"add {root} to LIBRARY_ROOTS and start it again, or ./dubarr stop: one is then started for this"
        raise NotPossible(f"the service that runs does not take films from there ({error}); {advice}") from error
