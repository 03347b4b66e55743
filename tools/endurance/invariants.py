"""Invariants of a service after a chaos or soak test: claims, each with its violations.

The store is read when the service has stopped; films on disk are checked against its tasks and stage runs.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import DubarrError, NotFound
from pipeline.ffmpeg import ffprobe, stream_comparison
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.text import languages, track_titles
from pipeline.values.media import TrackKind
from pipeline.values.tasks import StageRun, StageStatus, Task, TaskStatus
from tools.endurance.recovery import Strike, summarize_recoveries

MEDIAN_LIMIT_S = 10.0  # s that a kill may take to be made good, in the median
DONE_LINE = re.compile(r"task=(?P<id>\d+) done: ")


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that must hold, and what speaks against it: nothing where it holds."""

    text: str
    against: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """True where nothing speaks against it."""
        return not self.against


@dataclass(frozen=True, slots=True)
class StoreContents:
    """The acknowledged tasks as the store has them. `referenced`: the artifact folders that a cached answer refers to."""

    tasks: Mapping[int, Task | None]  # None: it is lost
    runs: Mapping[int, tuple[StageRun, ...]]
    namesakes: Mapping[int, int]  # how many tasks there are of the same film
    referenced: frozenset[str]


def read_store(settings: Settings, task_ids: Iterable[int]) -> StoreContents:
    """Read the store of a service that has stopped."""
    store = Store(settings.database)
    try:
        tasks = {task_id: _find_task(store, task_id) for task_id in task_ids}
        known = {task_id: task for task_id, task in tasks.items() if task}
        return StoreContents(
            tasks=tasks,
            runs={task_id: store.stages.list_runs(task_id) for task_id in known},
            namesakes={task_id: len(store.tasks.list_by_path(task.path)) for task_id, task in known.items()},
            referenced=store.stages.list_artifact_folders(),
        )
    finally:
        store.close()


def _find_task(store: Store, task_id: int) -> Task | None:
    try:
        return store.tasks.get(task_id)
    except NotFound:
        return None


def check_films(settings: Settings, kept: StoreContents, *, log: str) -> tuple[Claim, ...]:
    """All that must hold of the films and of the folders."""
    known = [task for task in kept.tasks.values() if task]
    return (
        Claim(
            "no acknowledged task is lost",
            tuple(f"task {task_id} is gone" for task_id, task in kept.tasks.items() if task is None),
        ),
        Claim(
            "every film is DONE",
            tuple(f"task {task.id} is {task.status}: {task.error}" for task in known if task.status is not TaskStatus.DONE),
        ),
        Claim("every dub holds the film bit for bit, and the new tracks", tuple(_find_losses(known))),
        Claim("each film is one task, dubbed once", tuple(_find_repetitions(kept, log))),
        Claim("nothing torn or temporary is left", tuple(_find_garbage(settings, kept.referenced))),
    )


def check_recovery(strikes: Sequence[Strike], wanted: int) -> tuple[Claim, ...]:
    """All that must hold of the kills."""
    if not strikes:
        return ()
    never = tuple(f"{strike.kind} (after {strike.at:.0f} s): {strike.trouble}" for strike in strikes if strike.seconds is None)
    middle = summarize_recoveries(tuple(strikes))[-1].median
    slow = (f"{middle:.1f} s",) if middle > MEDIAN_LIMIT_S else ()
    missing = (f"{len(strikes)} of {wanted}",) if len(strikes) < wanted else ()
    return (
        Claim("all kills were made in the time given", missing),
        Claim("the service recovered from every kill", never),
        Claim(f"in the median within {MEDIAN_LIMIT_S:g} s", slow),
    )


# Films --------------------------------------------------------------------------------------------------------------


def _find_losses(tasks: Iterable[Task]) -> Iterator[str]:
    for task in tasks:
        if task.status is TaskStatus.DONE:
            try:
                yield from (f"task {task.id}: {problem}" for problem in _find_film_problems(task))
            except (DubarrError, OSError) as error:
                yield f"task {task.id}: {error}"


def _find_film_problems(task: Task) -> Iterator[str]:
    if task.output is None:
        yield "it has no output"
        return
    film, dubbed = ffprobe.probe_film(task.path), ffprobe.probe_film(task.output)
    yield from stream_comparison.find_losses(task.path, film, task.output, dubbed)
    new = dubbed.of_kind(TrackKind.AUDIO)[len(film.of_kind(TrackKind.AUDIO)) :]
    wanted = [languages.normalize_tag(language) for language in task.target_langs]
    if [track.language for track in new] != wanted:
        yield f"its new tracks speak {[track.language for track in new]} instead of {wanted}"
    yield from (
        f"a new track is called {track.title!r}" for track in new if not track.title.startswith(track_titles.DUB_TITLE_PREFIX)
    )


# Once -----------------------------------------------------------------------------------------------------------------


def _find_repetitions(kept: StoreContents, log: str) -> Iterator[str]:
    yield from (f"the film of task {task_id} has {number} tasks" for task_id, number in kept.namesakes.items() if number != 1)
    for task_id, runs in kept.runs.items():
        yield from (f"task {task_id}: {problem}" for problem in find_repeated_answers(runs))
    finished = [int(match["id"]) for match in DONE_LINE.finditer(log)]
    yield from (f"task {task_id} was finished {n} times" for task_id in kept.tasks if (n := finished.count(task_id)) > 1)


def find_repeated_answers(runs: Sequence[StageRun]) -> Iterator[str]:
    """Stages that made an answer again that was kept already.

    The last finished run of a stage needed `executed + reused` answers, some made by it, the others by runs before it. All
    finished runs together may not have made more. What a killed run made without keeping it is not counted: it was never
    an answer, and its run never finished.
    """
    finished: dict[tuple[str, str], list[StageRun]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: (run.attempt, run.started_at)):
        if run.status is StageStatus.DONE:
            finished[run.name, run.language or ""].append(run)
    for (name, language), of_stage in finished.items():
        made, needed = sum(run.executed for run in of_stage), of_stage[-1].executed + of_stage[-1].reused
        if made > needed:
            yield f"{name} {language}".rstrip() + f" made {made} answers where {needed} were needed"
    if ("mux", "") not in finished:
        yield "no mux of it was finished"


# Litter ---------------------------------------------------------------------------------------------------------------


def _find_garbage(settings: Settings, referenced: frozenset[str]) -> Iterator[str]:
    for folder in (settings.data_dir, settings.videos_dir, *settings.library_roots):
        yield from (f"{path} is hidden" for path in sorted(folder.rglob(".*")))
        yield from (f"{path} is a part" for path in sorted(folder.rglob("*.part")))
    for folder in sorted(settings.artifacts.iterdir()):
        if folder.name not in referenced:
            yield f"{folder} belongs to no answer"
    temporary = settings.data_dir.parent / "left"
    yield from (f"{path} was left" for path in sorted(temporary.iterdir()))
