"""Queries: fetch the view model of each route from the service. They block; answers that cannot have changed are cached."""

import json
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar, cast

from dashboard.service import Service
from dashboard.urls import FilmListRoute, FilmRoute, FilmTab, LibraryRoute, Route, SettingsRoute, SystemRoute
from dashboard.view_models import FilmListModel, FilmModel, LibraryModel, NotFoundModel, PageModel, SettingsModel, SystemModel
from pipeline import eta
from pipeline.errors import GlossaryError, NotFound, SettingsError
from pipeline.text.glossary_check import make_glossary_check
from pipeline.values.edits import Cast
from pipeline.values.script import ScriptRevision
from pipeline.values.service_status import FinishedFilm, StageSpeeds
from pipeline.values.task_lists.task_query import TaskFilter, TaskQuery
from pipeline.values.tasks import LineRow, StageRun, Task, TaskStatus

T = TypeVar("T")

MAX_LOG_LINES = 200
PACE_TTL_S = 30.0
LANGUAGES_TTL_S = 10.0  # default target languages change with the settings
MAX_CACHED_ANSWERS = 64


class Queries:
    """Queries of one service, with a TTL cache of its pace and a bounded cache of versioned answers. Thread-safe."""

    def __init__(self, service: Service, clock: Callable[[], float] = time.monotonic) -> None:
        self._service, self._clock = service, clock
        self._cache: dict[Hashable, Any] = {}
        self._pace: tuple[float, StageSpeeds] | None = None
        self._lock = threading.Lock()  # the poller and the figures query in threads of their own

    def load_pages(self, routes: Iterable[Route]) -> dict[Route, PageModel]:
        """One view model per route."""
        queue, health = self._service.count_tasks_by_status(), self._service.get_health()
        return {
            route: PageModel(utc_now(), route, queue=queue, health=health, content=self._load_content(route))
            for route in frozenset(routes)
        }

    def load_lines(self, task_id: int, language: str) -> tuple[LineRow, ...]:
        """Current lines of a dub."""
        return self._load_cached_lines(task_id, language, self._service.get_version_tag(task_id))

    def load_stages(self, task_id: int) -> tuple[StageRun, ...]:
        """Latest run of each of a task's stages."""
        return self._service.list_stage_runs(task_id)

    def load_report(self, task_id: int, language: str) -> dict[str, Any]:
        """Quality report of a dub. NotFound before it is done."""
        reports = self._load_cached_reports(task_id, self._service.get_version_tag(task_id))
        if language not in reports:
            raise NotFound(f"task {task_id} has no report in {language!r} yet; wait until it is DONE")
        return json.loads(reports[language])

    def load_finished(self) -> tuple[FinishedFilm, ...]:
        """Recently finished films."""
        return self._service.get_system().finished

    def _load_content(
        self, route: Route
    ) -> FilmListModel | FilmModel | SystemModel | SettingsModel | LibraryModel | NotFoundModel:
        try:
            match route:
                case FilmListRoute():
                    return self._load_film_list(route)
                case FilmRoute():
                    return self._load_film(route)
                case SystemRoute():
                    return self._load_system(route)
                case SettingsRoute():
                    return SettingsModel()
                case LibraryRoute():
                    return LibraryModel()
        except NotFound as error:
            return NotFoundModel(str(error).partition("; ")[0])  # the remedy of a program is none for a reader of the page

    def _load_film_list(self, route: FilmListRoute) -> FilmListModel:
        """Tasks from the route's offset on; the last page where the offset is past the end, because tasks were deleted."""
        offset = route.offset
        query = TaskQuery(TaskFilter(route.status, route.search), route.sort, route.order, route.page_size, offset)
        tasks, total = self._service.list_tasks(query)
        if not tasks and total:
            offset = (total - 1) // route.page_size * route.page_size
            tasks, total = self._service.list_tasks(replace(query, offset=offset))
        languages = self._load_cached(("languages", int(self._clock() // LANGUAGES_TTL_S)), self._service.list_languages)
        reviews = self._service.measure_reviews([task.id for task in tasks]) if tasks else {}
        return FilmListModel(tasks, total, offset, self._estimate_all(tasks), languages, self._load_positions(tasks), reviews)

    def _load_positions(self, tasks: Iterable[Task]) -> Mapping[int, int]:
        queued = [task.id for task in tasks if task.status is TaskStatus.QUEUED]
        return self._service.find_queue_positions(queued) if queued else {}

    def _estimate_all(self, tasks: Iterable[Task]) -> dict[int, float]:
        active = [task for task in tasks if task.status in {TaskStatus.QUEUED, TaskStatus.PROCESSING}]
        if not active:
            return {}
        runs = self._service.list_stage_runs_by_task([task.id for task in active if task.status is TaskStatus.PROCESSING])
        estimates = {task.id: self._estimate(task, runs.get(task.id, ())) for task in active}
        return {task_id: seconds for task_id, seconds in estimates.items() if seconds is not None}

    def _estimate(self, task: Task, runs: tuple[StageRun, ...]) -> float | None:
        if task.status is TaskStatus.PROCESSING:
            return eta.estimate_remaining_seconds(task, runs, self._load_pace())
        return eta.estimate_total_seconds(task, self._load_pace()) if task.status is TaskStatus.QUEUED else None

    def _load_pace(self) -> StageSpeeds:
        if self._pace is None or self._clock() - self._pace[0] > PACE_TTL_S:
            self._pace = (self._clock(), self._service.get_pace())
        return self._pace[1]

    def _load_film(self, route: FilmRoute) -> FilmModel:
        service, task = self._service, self._service.get_task(route.task)
        language = route.language if route.language in task.target_langs else task.target_langs[0]
        runs, mark = service.list_stage_runs(task.id), service.get_version_tag(task.id)
        position = self._load_positions([task]).get(task.id)
        film = FilmModel(task, language, mark=mark, remaining_s=self._estimate(task, runs), position=position, runs=runs)
        if route.tab is FilmTab.HISTORY:
            return replace(film, log=tuple(service.read_log_lines(MAX_LOG_LINES, task=task.id)))
        film = replace(film, lines=self._load_cached_lines(task.id, language, mark))
        if route.tab is FilmTab.DUB:
            deleted = self._load_cached(
                ("deleted", task.id, language, mark), lambda: service.list_deleted_lines(task.id, language)
            )
            parts = self._load_cached(("parts", task.id, language, mark), lambda: service.list_dub_parts(task.id, language))
            film = self._add_glossary(replace(film, deleted=deleted, parts=parts))
        if route.tab in {FilmTab.REVIEW, FilmTab.REPORT}:
            film = replace(film, reviews=service.list_reviews(task.id, language))  # they have no part in the version
        if route.tab in {FilmTab.DUB, FilmTab.REVIEW}:
            film = replace(film, revision=self._load_cached_revisions(task.id, mark).get(language, film.revision))
        if route.tab in {FilmTab.DUB, FilmTab.REVIEW, FilmTab.VOICES}:
            film = replace(film, cast=self._load_cached_cast(task.id, mark))
        if route.tab in {FilmTab.DUB, FilmTab.REVIEW, FilmTab.REPORT}:
            film = replace(film, reports=self._load_cached_reports(task.id, mark))
        return film

    def _add_glossary(self, film: FilmModel) -> FilmModel:
        """The film with the check of its lines against its glossary, or with the reason why there is none."""
        try:
            library, own = self._service.read_glossaries(film.task.id)
            key = ("glossary", film.language, sha256(f"{library}\0{own}".encode()).digest())
            return replace(film, glossary=self._load_cached(key, lambda: make_glossary_check(library, own, film.language)))
        except (GlossaryError, SettingsError) as error:
            return replace(film, glossary_problem=str(error))

    def _load_system(self, route: SystemRoute) -> SystemModel:
        lines = self._service.read_log_lines(MAX_LOG_LINES, level=route.level, search=route.search)
        return SystemModel(self._service.get_system(), tuple(lines))

    def _load_cached_lines(self, task_id: int, language: str, mark: str) -> tuple[LineRow, ...]:
        return self._load_cached(("lines", task_id, language, mark), lambda: self._service.list_lines(task_id, language))

    def _load_cached_cast(self, task_id: int, mark: str) -> Cast:
        return self._load_cached(("cast", task_id, mark), lambda: self._service.get_cast(task_id))

    def _load_cached_revisions(self, task_id: int, mark: str) -> Mapping[str, ScriptRevision]:
        return self._load_cached(("revisions", task_id, mark), lambda: self._service.list_script_revisions(task_id))

    def _load_cached_reports(self, task_id: int, mark: str) -> Mapping[str, str]:
        return self._load_cached(("reports", task_id, mark), lambda: self._service.list_reports(task_id))

    def _load_cached(self, key: Hashable, load: Callable[[], T]) -> T:
        """Cached answer by a key that changes when the answer does; the oldest answers are evicted."""
        with self._lock:
            if key in self._cache:
                return cast(T, self._cache[key])
        answer = load()
        with self._lock:
            while len(self._cache) >= MAX_CACHED_ANSWERS:
                del self._cache[next(iter(self._cache))]
            self._cache[key] = answer
        return answer


def utc_now() -> datetime:
    """Current UTC time, naive, as the store's times."""
    return datetime.now(UTC).replace(tzinfo=None)
