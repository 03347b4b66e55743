"""Library runs: find films → probe → decide → dub → report, as one Ray Data pipeline over a folder.

Each step is a plain function of `library.scan` and `library.report`. `plan_library` shows what would be done, `dub_library` does
it and adds a row for every film to the report. The report is also the run history: films that are DONE are not dubbed again.

A film is dubbed by a coroutine function that the caller gives, so that this module depends on no service.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import DubarrError, FilmError, NotPossible, UsersFault
from pipeline.library.report import ReportWriter, read_history, read_report
from pipeline.library.scan import (
    EMPTY_HISTORY,
    IGNORED_STATUS,
    Decision,
    DubbingRules,
    LibraryFilm,
    Outcome,
    Row,
    RunHistory,
    Verdict,
    build_row,
    build_skipped_row,
    find_files,
    find_settled_row,
    plan_film,
)

if TYPE_CHECKING:
    import pyarrow
    from ray.data import Dataset

FilmDubber = Callable[[Path, tuple[str, ...], str | None], Awaitable[Outcome]]  # film, target languages, the film's language

OVER_LIMIT_STATUS = "over the limit"  # the status of a row that a run leaves to the next
ABORTED_STATUS = "trouble"  # of one with the reason that no film can go on: the service does not answer, a program is missing
MAX_PROBES_AHEAD = 2  # films probed beyond those that are being dubbed: a dub never waits for a probe
# CPUs for Ray's scheduler, small so that the run fits beside a service: a probe waits for the disk, a dub for the service.
PROBE_CPU_SHARE, ACTOR_CPU_SHARE = 0.25, 0.01


@dataclass(frozen=True, slots=True)
class Survey:
    """A library before its films are probed. `rows`: of films that earlier runs have settled; `open`: paths of all others."""

    rows: tuple[Row, ...]
    open: tuple[Path, ...]


def survey_library(root: Path, rules: DubbingRules, memory: RunHistory = EMPTY_HISTORY) -> Survey:
    """Divide a library into films that earlier runs settled and open ones. FilmError where it holds no films."""
    known = {path: find_settled_row(path, rules, memory) for path in _require_films(root, rules)}
    skipped = tuple(build_skipped_row(file) for file in find_files(root, rules) if file.skipped)
    settled = tuple(row for row in known.values() if row)
    return Survey((*settled, *skipped), tuple(path for path, row in known.items() if row is None))


def plan_library(root: Path, rules: DubbingRules, report: Path | None = None) -> "Dataset":
    """Plan of a library: a row per film with what it is and whether it is dubbed. Lazy, and dubs nothing.

    `report`: of earlier runs.
    """
    return _plan_films(_require_films(root, rules), rules, read_history(report) if report else EMPTY_HISTORY)


def _require_films(root: Path, rules: DubbingRules) -> tuple[Path, ...]:
    files = find_files(root, rules)
    if films := tuple(file.path for file in files if not file.skipped):
        return films
    left = f" but {len(files)} that are left out, such as {files[0].path.name}: {files[0].skipped}" if files else ""
    raise FilmError(f"there are no films under {root}{left}; name a folder that holds some")


def _plan_films(paths: Sequence[Path], rules: DubbingRules, memory: RunHistory) -> "Dataset":
    def probe(row: Row) -> Row:
        return plan_film(Path(row["path"]), rules, memory)

    return _make_dataset(paths).map(probe, num_cpus=PROBE_CPU_SHARE)


def _make_dataset(paths: Sequence[Path]) -> "Dataset":
    """A dataset with one block per film: a row goes on when its film is ready, and waits for no other."""
    import ray.data

    return ray.data.from_items([{"path": str(path)} for path in paths], override_num_blocks=len(paths))


def dub_library(
    root: Path,
    rules: DubbingRules,
    dub: FilmDubber,
    report: Path,
    *,
    at_once: int = 4,
    on_row: Callable[[Row], None] = lambda row: None,
) -> "pyarrow.Table":
    """Dub what a library lacks, and add a row for every film to the report. Returns this run's rows.

    A film that fails has its error in its row; the others go on. `on_row`: gets every row as soon as it is written.
    """
    began, memory = datetime.now(UTC), read_history(report)
    surveyed = survey_library(root, rules, memory)
    with ReportWriter(report) as rows, closing(dub_open_films(surveyed, rules, dub, memory, at_once=at_once)) as done:
        for row in done:
            rows.add(row)
            on_row(row)
    return read_report(report, since=began)


def dub_open_films(
    surveyed: Survey,
    rules: DubbingRules,
    dub: FilmDubber,
    memory: RunHistory = EMPTY_HISTORY,
    *,
    at_once: int = 4,
    limit: int | None = None,
) -> Generator[Row, None, None]:
    """Row of every film, as soon as its outcome is known. Ray is started only where films are open.

    At most `at_once` films are dubbed at a time. `limit`: stop after so many films that were dubbed or failed.
    """
    yield from surveyed.rows
    left = limit if limit is not None else len(surveyed.open)
    if not surveyed.open or left <= 0:
        return
    import ray.data

    together = at_once + MAX_PROBES_AHEAD
    actors = ray.data.ActorPoolStrategy(size=1, max_tasks_in_flight_per_actor=together, max_concurrent_calls_per_actor=together)
    rows = _make_dataset(surveyed.open).map(
        _FilmActor, fn_constructor_args=(rules, memory, dub, at_once, left), num_cpus=ACTOR_CPU_SHARE, compute=actors
    )
    for row in _iter_rows(rows):
        if row["status"] == OVER_LIMIT_STATUS:
            continue
        yield row
        left -= row["verdict"] == Verdict.DUB
        if left <= 0:
            return


def _iter_rows(rows: "Dataset") -> Iterator[Row]:
    """Rows of a dataset, each as soon as it is there. DubarrError where no film can go on."""
    import ray

    try:
        for block in rows.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
            for row in block.to_pylist():
                if row["status"] == ABORTED_STATUS:
                    raise DubarrError(row["error"])
                yield row
    except ray.exceptions.RayTaskError:
        raise  # a defect of ours
    except ray.exceptions.RayError as error:
        reason = type(error).__name__
        raise DubarrError(f"the Ray below the library ended ({reason}); start it again: nothing is dubbed twice") from error


class _FilmActor:
    """Ray Data actor that probes films, decides and has them dubbed, many at once, without work of its own.

    It is one process for all of that, because each that Ray starts takes seconds of a small machine.
    """

    def __init__(self, rules: DubbingRules, memory: RunHistory, dub: FilmDubber, at_once: int, limit: int) -> None:
        self._rules, self._memory, self._dub = rules, memory, dub
        self._room, self._left = asyncio.Semaphore(at_once), limit

    async def __call__(self, row: Row) -> Row:
        """The film's row with its outcome."""
        try:
            return await self._handle_film(Path(row["path"]))
        except DubarrError as error:  # in a row: of an exception Ray passes on only the text
            aborted = build_row(LibraryFilm(row["path"], 0, 0), Decision(Verdict.DUB))
            return {**aborted, **asdict(Outcome(ABORTED_STATUS, error=str(error))), "took": None}

    async def _handle_film(self, path: Path) -> Row:
        film = await asyncio.to_thread(plan_film, path, self._rules, self._memory)
        if film["verdict"] != Verdict.DUB:
            return {**film, **asdict(Outcome("")), "took": None}
        async with self._room:
            begun = time.monotonic()
            outcome = await self._dub_film(film)
            return {**film, **asdict(outcome), "took": time.monotonic() - begun}

    async def _dub_film(self, film: Row) -> Outcome:
        self._left -= 1
        if self._left < 0:
            return Outcome(OVER_LIMIT_STATUS)
        try:
            return await self._dub(Path(film["path"]), tuple(film["targets"]), film["language"])
        except NotPossible as error:  # there is nothing to dub
            return Outcome(IGNORED_STATUS, error=str(error))
        except UsersFault as error:  # this film's fault; the library goes on
            return Outcome("ERROR", error=str(error))
