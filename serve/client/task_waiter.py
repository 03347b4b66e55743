"""Task waiter: waits for many tasks by their events, and reads them in one request. Light imports."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from pipeline.errors import DubarrError
from serve.client.client_errors import Refused, ServiceUnavailable
from serve.client.event_requests import ChangeSignal
from serve.client.http_connection import Json
from serve.client.read_requests import ENDED_STATUSES

if TYPE_CHECKING:
    from asyncio import Future, Task

T = TypeVar("T")

POLL_INTERVAL_S = 0.25  # where there is no stream of events
CHANGED_TYPES = ("status", "deleted")  # of events that can end a task
MAX_OUTAGE_S = 180.0  # without an answer; a restart of the service after Ray died takes half of it on a slow machine
MAX_TASKS_PER_REQUEST = 500
TOO_MANY_REQUESTS = 429  # an HTTP status


class TaskLister(Protocol):
    """Client interface of the waiter."""

    def tasks(self, *, ids: Sequence[int], limit: int) -> list[Json]: ...
    def watch_changes(self, task_ids: Sequence[int] = (), *, types: Sequence[str] = ()) -> ChangeSignal: ...


class TaskWaiter:
    """Waiter for tasks of one event loop."""

    def __init__(self, client: TaskLister, *, every: float = POLL_INTERVAL_S, max_outage_s: float = MAX_OUTAGE_S) -> None:
        self._client, self._every, self._max_outage_s = client, every, max_outage_s
        self._futures: dict[int, Future[Json]] = {}
        self._polling: Task[None] | None = None

    async def wait_until_ended(self, task_id: int) -> Json:
        """Wait until a task has ended, or was deleted. ServiceUnavailable."""
        loop = asyncio.get_running_loop()
        future = self._futures.setdefault(task_id, loop.create_future())
        if self._polling is None or self._polling.done():
            self._polling = loop.create_task(self._poll())
        return await asyncio.shield(future)  # shared by all waiters of one task

    async def _poll(self) -> None:
        with self._client.watch_changes(types=CHANGED_TYPES) as changes:
            await self._read_until_ended(changes)

    async def _read_until_ended(self, changes: ChangeSignal) -> None:
        while self._futures:
            ids = list(self._futures)[:MAX_TASKS_PER_REQUEST]
            try:
                found = await retry_while_unavailable(
                    partial(self._client.tasks, ids=ids, limit=MAX_TASKS_PER_REQUEST), self._max_outage_s, self._every
                )
            except DubarrError as error:
                self._fail(error)
                return
            self._resolve(ids, {task["id"]: task for task in found})
            if self._futures:
                await asyncio.to_thread(changes.wait, self._every)

    def _resolve(self, ids: Sequence[int], found: dict[int, Json]) -> None:
        for task_id in ids:
            task = found.get(task_id) or {
                "id": task_id,
                "status": "ERROR",
                "output": None,
                "error": f"task {task_id} was deleted",
            }
            if task["status"] in ENDED_STATUSES and not (future := self._futures.pop(task_id)).done():
                future.set_result(task)

    def _fail(self, error: DubarrError) -> None:
        for future in self._futures.values():
            if not future.done():
                future.set_exception(error)
        self._futures.clear()


async def retry_while_unavailable(ask: Callable[[], T], max_outage_s: float = MAX_OUTAGE_S, every: float = POLL_INTERVAL_S) -> T:
    """Call in a thread, and retry while the service is unavailable; ServiceUnavailable after `max_outage_s`."""
    deadline = time.monotonic() + max_outage_s
    while True:
        try:
            return await asyncio.to_thread(ask)
        except ServiceUnavailable:
            if time.monotonic() > deadline:
                raise
        except Refused as error:
            if error.status != TOO_MANY_REQUESTS and error.status < 500:
                raise
            if time.monotonic() > deadline:
                raise ServiceUnavailable("the service", f"answered {error.status}: {error}") from error
        await asyncio.sleep(every)
