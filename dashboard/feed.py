"""The feed: one poller for all open tabs of this process. It asks the service, and hands each tab its board.

It runs only while somebody looks, never blocks the event loop, and outlives whatever befalls the service.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Protocol, TypeVar

from pipeline.errors import DubarrError, NotFound
from pipeline.tasks import Health, StageRun, Task

log = logging.getLogger(__name__)

T = TypeVar("T")

PAGE = 25  # tasks a tab shows at once
LOG_LINES = 200  # of the log's end
INTERVAL = 1.0  # s between questions
PATIENCE = 4.0  # s without an answer after which tabs are told
SLOWEST = 5.0  # s between questions to a service that fails


class Service(Protocol):
    """What the dashboard needs of Dubarr. Methods block; the feed calls them in a thread, one question at a time."""

    def tasks(self, limit: int, offset: int) -> tuple[tuple[Task, ...], int]: ...
    def queue_stats(self) -> Mapping[str, int]: ...
    def health(self) -> Health: ...
    def stages(self, task_id: int) -> tuple[StageRun, ...]: ...
    def log_lines(self, n: int) -> list[str]: ...
    def retry(self, task_id: int) -> object: ...
    def purge(self, task_id: int) -> object: ...
    def delete(self, task_id: int) -> object: ...


class Action(StrEnum):
    """What people do with a task."""

    RETRY = "retry"
    PURGE = "purge"
    DELETE = "delete"


class ServiceSilent(DubarrError):
    """The service cannot be asked at the moment."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the service does not answer ({reason}); this page keeps trying")
        self.args = (reason,)


@dataclass(frozen=True, slots=True)
class Watch:
    """What a tab looks at: tasks from this one on, and the tasks whose stages are unfolded."""

    offset: int = 0
    opened: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Board:
    """All that a tab shows at one moment. `trouble`: why it is not of this moment, None when it is."""

    at: datetime  # UTC, without zone as the tasks' times
    tasks: tuple[Task, ...] = ()
    total: int = 0  # tasks there are in all
    offset: int = 0  # of the first one shown
    queue: Mapping[str, int] = field(default_factory=dict)
    health: Health | None = None
    stages: Mapping[int, tuple[StageRun, ...]] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    trouble: str | None = None


class Tab:
    """A looker's place in the feed. Change `watch` and poke the feed to look elsewhere."""

    def __init__(self, show: Callable[[Board], None], watch: Watch) -> None:
        self.show, self.watch = show, watch


class Feed:
    """Asks for all tabs at once, so that twenty of them cost the service no more than one."""

    def __init__(self, service: Service, *, interval: float = INTERVAL, patience: float = PATIENCE) -> None:
        self._service, self._interval, self._patience = service, interval, patience
        self._tabs: set[Tab] = set()
        self._boards: dict[Watch, Board] = {}
        self._poller: asyncio.Task[None] | None = None
        self._poked = asyncio.Event()
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="dashboard")  # own ones: the API's may all be busy uploading

    @property
    def tabs(self) -> int:
        """How many look."""
        return len(self._tabs)

    @property
    def polling(self) -> bool:
        """Whether the service is being asked."""
        return self._poller is not None and not self._poller.done()

    def latest(self) -> Board | None:
        """The newest tasks as known already; None while nobody looks at them."""
        return self._boards.get(Watch())

    def look(self, show: Callable[[Board], None], watch: Watch | None = None) -> Tab:
        """Begin to look; `show` hears of every board, in the event loop. Call it within the loop."""
        tab = Tab(show, watch or Watch())
        self._tabs.add(tab)
        if board := self._boards.get(tab.watch):
            show(board)
        if not self.polling:
            self._poller = asyncio.create_task(self._poll())
        self.poke()
        return tab

    def leave(self, tab: Tab) -> None:
        """Look no more. Harmless when repeated. The last one out stops the poller."""
        self._tabs.discard(tab)
        if not self._tabs:
            self._boards.clear()
            self.poke()

    def poke(self) -> None:
        """Ask now rather than in a second: something changed."""
        self._poked.set()

    async def act(self, action: Action, task_id: int) -> None:
        """Do something to a task. Raises the service's DubarrError, worded for people."""
        await self._ask(lambda: getattr(self._service, action.value)(task_id))
        self.poke()

    async def _poll(self) -> None:
        failures = 0
        while self._tabs:
            self._poked.clear()
            watches = frozenset(tab.watch for tab in self._tabs)
            asked = asyncio.ensure_future(self._ask(partial(self._boards_of, watches)))
            while not (await asyncio.wait([asked], timeout=self._patience))[0]:
                self._stale(ServiceSilent(f"no answer for {self._patience:g} s"))
            try:
                self._boards = asked.result()
                failures = 0
            except DubarrError as error:
                failures += 1
                self._stale(error)
            else:
                self._hand_out()
            await self._pause(min(SLOWEST, self._interval * 2**failures) if failures else self._interval)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._poked.wait(), seconds)
        except TimeoutError:
            pass

    def _stale(self, error: DubarrError) -> None:
        """Keep what was known, and say that it is old."""
        now = _now()
        known = {tab.watch: self._boards.get(tab.watch, Board(now, offset=tab.watch.offset)) for tab in self._tabs}
        self._boards = {watch: replace(board, trouble=str(error)) for watch, board in known.items()}
        self._hand_out()

    def _hand_out(self) -> None:
        for tab in tuple(self._tabs):
            if board := self._boards.get(tab.watch):  # none yet for a tab that has just turned to another page
                tab.show(board)

    async def _ask(self, question: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, question)
        except DubarrError:
            raise
        except Exception as error:  # the boundary: what carries our questions may raise anything, and must not end the poller
            log.warning("dashboard: the service cannot be asked: %r", error)
            raise ServiceSilent(type(error).__name__) from error

    def _boards_of(self, watches: frozenset[Watch]) -> dict[Watch, Board]:
        """One board per way of looking. Blocks."""
        service = self._service
        common = Board(_now(), queue=service.queue_stats(), health=service.health(), log=tuple(service.log_lines(LOG_LINES)))
        pages = {offset: self._page(offset) for offset in {watch.offset for watch in watches}}
        stages = {task_id: self._stages(task_id) for task_id in frozenset[int]().union(*(watch.opened for watch in watches))}
        boards = {}
        for watch in watches:
            tasks, total, offset = pages[watch.offset]
            shown = {task.id: stages[task.id] for task in tasks if task.id in watch.opened}
            boards[watch] = replace(common, tasks=tasks, total=total, offset=offset, stages=shown)
        return boards

    def _page(self, offset: int) -> tuple[tuple[Task, ...], int, int]:
        """Tasks from `offset` on; the last page where it lies behind the end, because tasks were deleted."""
        tasks, total = self._service.tasks(PAGE, offset)
        if not tasks and total:
            offset = (total - 1) // PAGE * PAGE
            tasks, total = self._service.tasks(PAGE, offset)
        return tasks, total, offset

    def _stages(self, task_id: int) -> tuple[StageRun, ...]:
        try:
            return self._service.stages(task_id)
        except NotFound:
            return ()  # deleted meanwhile


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
