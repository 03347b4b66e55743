"""Many films: discover → look → decide → dub → report, as one Ray Data pipeline over a library.

Each of these is a plain function of `catalogue` and `library_report`. `plan` shows what would be done, `dub_all` does it and adds a
row for every film to the report. The report is also the memory: what it calls DONE is not dubbed again.

Who dubs is given as a coroutine function, so that the films of a library can go to a service, and this file knows none.
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
    find_films,
    find_settled_row,
    plan_film,
)

if TYPE_CHECKING:
    import pyarrow
    from ray.data import Dataset

FilmDubber = Callable[[Path, tuple[str, ...], str | None], Awaitable[Outcome]]  # film, target languages, the film's language

OVER_LIMIT_STATUS = "over the limit"  # the status of a row that a run leaves to the next
ABORTED_STATUS = "trouble"  # of one that tells why no film can go on: nobody answers, a program is missing
MAX_PROBES_AHEAD = 2  # films looked into beyond those that are on their way: a dub never waits for a look
# Shares for Ray's scheduler, small so that all of it fits beside a service: a look waits for the disk, a dub for the service.
PROBE_CPU_SHARE, ACTOR_CPU_SHARE = 0.25, 0.01


@dataclass(frozen=True, slots=True)
class Survey:
    """A library before anybody looks into its films. `rows`: those that earlier runs have settled; `open`: all others."""

    rows: tuple[Row, ...]
    open: tuple[Path, ...]


def survey_library(root: Path, rules: DubbingRules, memory: RunHistory = EMPTY_HISTORY) -> Survey:
    """What is settled of a library, and what is open. FilmError where it holds no films."""
    known = {path: find_settled_row(path, rules, memory) for path in _require_films(root)}
    return Survey(tuple(row for row in known.values() if row), tuple(path for path, row in known.items() if row is None))


def plan_library(root: Path, rules: DubbingRules, report: Path | None = None) -> "Dataset":
    """A library as rows: what each film is, and what is to be done about it. Runs when it is read, and dubs nothing.

    `report`: that of earlier runs.
    """
    return _plan_films(_require_films(root), rules, read_history(report) if report else EMPTY_HISTORY)


def _require_films(root: Path) -> tuple[Path, ...]:
    if films := tuple(find_films(root)):
        return films
    raise FilmError(f"there are no films under {root}; name a folder that holds some")


def _plan_films(paths: Sequence[Path], rules: DubbingRules, memory: RunHistory) -> "Dataset":
    def look(row: Row) -> Row:
        return plan_film(Path(row["path"]), rules, memory)

    return _make_dataset(paths).map(look, num_cpus=PROBE_CPU_SHARE)


def _make_dataset(paths: Sequence[Path]) -> "Dataset":
    """A block a film: a row goes on when its film is ready, and waits for no other."""
    import ray.data

    return ray.data.from_items([{"path": str(path)} for path in paths], override_num_blocks=len(paths))


def dub_library(
    root: Path,
    rules: DubbingRules,
    dub: FilmDubber,
    report: Path,
    *,
    at_once: int = 4,
    heard: Callable[[Row], None] = lambda row: None,
) -> "pyarrow.Table":
    """Dub what a library lacks, and add a row for every film to the report. Returns this run's rows.

    A film that fails has its error in its row; the others go on. `heard`: gets every row as it lands.
    """
    began, memory = datetime.now(UTC), read_history(report)
    surveyed = survey_library(root, rules, memory)
    with ReportWriter(report) as rows, closing(dub_open_films(surveyed, rules, dub, memory, at_once=at_once)) as done:
        for row in done:
            rows.add(row)
            heard(row)
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
    """Every film's row, as soon as it is known what became of the film. Ray is needed only where something is open.

    At most `at_once` films are on their way at a time. `limit`: stop when so many were dubbed or could not be.
    """
    yield from surveyed.rows
    left = limit if limit is not None else len(surveyed.open)
    if not surveyed.open or left <= 0:
        return
    import ray.data

    together = at_once + MAX_PROBES_AHEAD
    attendant = ray.data.ActorPoolStrategy(
        size=1, max_tasks_in_flight_per_actor=together, max_concurrent_calls_per_actor=together
    )
    rows = _make_dataset(surveyed.open).map(
        _FilmActor, fn_constructor_args=(rules, memory, dub, at_once, left), num_cpus=ACTOR_CPU_SHARE, compute=attendant
    )
    for row in _iter_rows(rows):
        if row["status"] == OVER_LIMIT_STATUS:
            continue
        yield row
        left -= row["verdict"] == Verdict.DUB
        if left <= 0:
            return


def _iter_rows(rows: "Dataset") -> Iterator[Row]:
    """The rows of a dataset, each as soon as it is there. DubarrError where no film can go on."""
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
    """Ray Data's actor: looks into a film, decides, has it dubbed, for many films at once. It works on none itself.

    It is one process for all of that, because each that Ray starts takes seconds of a small machine.
    """

    def __init__(self, rules: DubbingRules, memory: RunHistory, dub: FilmDubber, at_once: int, limit: int) -> None:
        self._rules, self._memory, self._dub = rules, memory, dub
        self._room, self._left = asyncio.Semaphore(at_once), limit

    async def __call__(self, row: Row) -> Row:
        """The film's row, with what became of it."""
        try:
            return await self._attended(Path(row["path"]))
        except DubarrError as error:  # told in a row: of an exception Ray brings only the text
            nobody = build_row(LibraryFilm(row["path"], 0, 0), Decision(Verdict.DUB))
            return {**nobody, **asdict(Outcome(ABORTED_STATUS, error=str(error))), "took": None}

    async def _attended(self, path: Path) -> Row:
        film = await asyncio.to_thread(plan_film, path, self._rules, self._memory)
        if film["verdict"] != Verdict.DUB:
            return {**film, **asdict(Outcome("")), "took": None}
        async with self._room:
            begun = time.monotonic()
            outcome = await self._outcome(film)
            return {**film, **asdict(outcome), "took": time.monotonic() - begun}

    async def _outcome(self, film: Row) -> Outcome:
        self._left -= 1
        if self._left < 0:
            return Outcome(OVER_LIMIT_STATUS)
        try:
            return await self._dub(Path(film["path"]), tuple(film["targets"]), film["language"])
        except NotPossible as error:  # whoever dubs knows that there is nothing to do
            return Outcome(IGNORED_STATUS, error=str(error))
        except UsersFault as error:  # it is this film's; the library goes on
            return Outcome("ERROR", error=str(error))
