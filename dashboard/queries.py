"""Questions: what the service is asked for a place. They block, and are asked once for all tabs at the same place."""

import json
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from dashboard.service import Service
from dashboard.urls import TASKS_PER_PAGE, FilmListRoute, FilmRoute, FilmTab, Route, SystemRoute
from dashboard.view_models import FilmListModel, FilmModel, NotFoundModel, PageModel, SystemModel
from pipeline import eta
from pipeline.errors import NotFound
from pipeline.values.edits import Cast
from pipeline.values.service_status import Finished, Pace
from pipeline.values.tasks import LineRow, StageRun, Task, TaskStatus

T = TypeVar("T")

MAX_LOG_LINES = 200  # of the log's end
PACE_TTL_S = 30.0  # how long measured paces are taken for granted
MAX_CACHED_ANSWERS = 64  # answers that do not change


class Queries:
    """Asks a service. What cannot have changed is not asked for again."""

    def __init__(self, service: Service, clock: Callable[[], float] = time.monotonic) -> None:
        self._service, self._clock = service, clock
        self._kept: dict[Hashable, Any] = {}
        self._pace: tuple[float, Pace] | None = None
        self._keeping = threading.Lock()  # the feed and the figures ask in threads of their own

    def boards(self, places: Iterable[Route]) -> dict[Route, PageModel]:
        """One board per place."""
        queue, health = self._service.queue_stats(), self._service.health()
        return {
            place: PageModel(utc_now(), place, queue=queue, health=health, content=self._shown(place))
            for place in frozenset(places)
        }

    def lines(self, task_id: int, language: str) -> tuple[LineRow, ...]:
        """The lines of a dub as they are now."""
        return self._lines(task_id, language, self._service.mark(task_id))

    def task(self, task_id: int) -> Task:
        """A task as it is now. NotFound."""
        return self._service.task(task_id)

    def stages(self, task_id: int) -> tuple[StageRun, ...]:
        """The latest runs of a task's stages."""
        return self._service.stages(task_id)

    def report(self, task_id: int, language: str) -> dict[str, Any]:
        """The assessment of a dub. NotFound where it is not done."""
        reports = self._reports(task_id, self._service.mark(task_id))
        if language not in reports:
            raise NotFound(f"task {task_id} has no report in {language!r} yet; wait until it is DONE")
        return json.loads(reports[language])

    def finished(self) -> tuple[Finished, ...]:
        """The films that were finished lately."""
        return self._service.system().finished

    def _shown(self, place: Route) -> FilmListModel | FilmModel | SystemModel | NotFoundModel:
        try:
            match place:
                case FilmListRoute():
                    return self._films(place)
                case FilmRoute():
                    return self._film(place)
                case SystemRoute():
                    return self._system(place)
        except NotFound as error:
            return NotFoundModel(str(error))

    def _films(self, place: FilmListRoute) -> FilmListModel:
        """Tasks from the place's offset on; the last page where it lies behind the end, because tasks were deleted."""
        offset = place.offset
        asked: dict[str, Any] = {"status": place.status, "search": place.search, "limit": TASKS_PER_PAGE}
        tasks, total = self._service.tasks(**asked, offset=offset)
        if not tasks and total:
            offset = (total - 1) // TASKS_PER_PAGE * TASKS_PER_PAGE
            tasks, total = self._service.tasks(**asked, offset=offset)
        languages = self._once("languages", self._service.languages)
        return FilmListModel(tasks, total, offset, self._left(tasks), languages)

    def _left(self, tasks: Iterable[Task]) -> dict[int, float]:
        waiting = [task for task in tasks if task.status in {TaskStatus.QUEUED, TaskStatus.PROCESSING}]
        if not waiting:
            return {}
        runs = self._service.stages_of([task.id for task in waiting if task.status is TaskStatus.PROCESSING])
        left = {task.id: self._time(task, runs.get(task.id, ())) for task in waiting}
        return {task_id: seconds for task_id, seconds in left.items() if seconds is not None}

    def _time(self, task: Task, runs: tuple[StageRun, ...]) -> float | None:
        if task.status is TaskStatus.PROCESSING:
            return eta.estimate_remaining_seconds(task, runs, self._measured())
        return eta.estimate_total_seconds(task, self._measured()) if task.status is TaskStatus.QUEUED else None

    def _measured(self) -> Pace:
        if self._pace is None or self._clock() - self._pace[0] > PACE_TTL_S:
            self._pace = (self._clock(), self._service.pace())
        return self._pace[1]

    def _film(self, place: FilmRoute) -> FilmModel:
        service, task = self._service, self._service.task(place.task)
        language = place.language if place.language in task.target_langs else task.target_langs[0]
        runs, mark = service.stages(task.id), service.mark(task.id)
        shown = FilmModel(task, language, mark=mark, remaining_s=self._time(task, runs), runs=runs)
        match place.part:
            case FilmTab.DUB:
                known = replace(shown, lines=self._lines(task.id, language, mark), cast=self._cast(task.id, mark))
                return replace(known, reports=self._reports(task.id, mark))
            case FilmTab.VOICES:
                return replace(shown, lines=self._lines(task.id, language, mark), cast=self._cast(task.id, mark))
            case FilmTab.REPORT:
                return replace(shown, lines=self._lines(task.id, language, mark), reports=self._reports(task.id, mark))
            case FilmTab.WORK:
                return replace(shown, log=tuple(service.log_lines(MAX_LOG_LINES, task=task.id)))

    def cast(self, task_id: int) -> Cast:
        """Who speaks in a film."""
        return self._cast(task_id, self._service.mark(task_id))

    def _lines(self, task_id: int, language: str, mark: str) -> tuple[LineRow, ...]:
        return self._once(("lines", task_id, language, mark), lambda: self._service.lines(task_id, language))

    def _cast(self, task_id: int, mark: str) -> Cast:
        return self._once(("cast", task_id, mark), lambda: self._service.cast(task_id))

    def _reports(self, task_id: int, mark: str) -> Mapping[str, str]:
        return self._once(("reports", task_id, mark), lambda: self._service.reports(task_id))

    def _system(self, place: SystemRoute) -> SystemModel:
        lines = self._service.log_lines(MAX_LOG_LINES, level=place.level, search=place.search)
        return SystemModel(self._service.system(), tuple(lines))

    def _once(self, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer under a key that changes when it does; the oldest answers are let go."""
        with self._keeping:
            if key in self._kept:
                return cast(T, self._kept[key])
        answer = ask()
        with self._keeping:
            while len(self._kept) >= MAX_CACHED_ANSWERS:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = answer
        return answer


def utc_now() -> datetime:
    """UTC without zone, as the store's times."""
    return datetime.now(UTC).replace(tzinfo=None)
