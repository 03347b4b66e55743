"""Task waiter: waits for many tasks by polling them in one request. Light imports."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pipeline.errors import DubarrError
from serve.client.client_errors import Refused, ServiceUnavailable

if TYPE_CHECKING:
    from asyncio import Future, Task

Json = dict[str, Any]
T = TypeVar("T")

POLL_INTERVAL_S = 0.25  # s between questions
MAX_OUTAGE_S = 180.0  # s without an answer; a service that starts anew after its Ray died takes half of it on a slow machine
ENDED_STATUSES = frozenset({"DONE", "ERROR"})
MAX_TASKS_PER_REQUEST = 500  # tasks in one question
TOO_MANY_REQUESTS = 429  # an HTTP status; those from 500 on are no fault of a film either


class TaskLister(Protocol):
    """Client interface of the waiter."""

    def tasks(self, *, ids: Sequence[int], limit: int) -> list[Json]: ...


class TaskWaiter:
    """Waiter for tasks of one event loop."""

    def __init__(self, client: TaskLister, *, every: float = POLL_INTERVAL_S, patience: float = MAX_OUTAGE_S) -> None:
        self._client, self._every, self._patience = client, every, patience
        self._waited: dict[int, Future[Json]] = {}
        self._asking: Task[None] | None = None

    async def ended(self, task_id: int) -> Json:
        """Wait until a task is DONE or ERROR, or was deleted. ServiceUnavailable."""
        loop = asyncio.get_running_loop()
        waited = self._waited.setdefault(task_id, loop.create_future())
        if self._asking is None or self._asking.done():
            self._asking = loop.create_task(self._ask())
        return await asyncio.shield(waited)  # two may wait for one task

    async def _ask(self) -> None:
        while self._waited:
            ids = list(self._waited)[:MAX_TASKS_PER_REQUEST]
            try:
                found = await retry_while_unavailable(
                    partial(self._client.tasks, ids=ids, limit=MAX_TASKS_PER_REQUEST), self._patience, self._every
                )
            except DubarrError as error:
                self._fail(error)
                return
            self._tell(ids, {task["id"]: task for task in found})
            await asyncio.sleep(self._every)

    def _tell(self, ids: Sequence[int], found: dict[int, Json]) -> None:
        for task_id in ids:
            task = found.get(task_id) or {
                "id": task_id,
                "status": "ERROR",
                "output": None,
                "error": f"task {task_id} was deleted",
            }
            if task["status"] in ENDED_STATUSES and not (waited := self._waited.pop(task_id)).done():
                waited.set_result(task)

    def _fail(self, error: DubarrError) -> None:
        for waited in self._waited.values():
            if not waited.done():
                waited.set_exception(error)
        self._waited.clear()


async def retry_while_unavailable(ask: Callable[[], T], patience: float = MAX_OUTAGE_S, every: float = POLL_INTERVAL_S) -> T:
    """Call in a thread, and retry while the service is unavailable; ServiceUnavailable after `patience` seconds."""
    deadline = time.monotonic() + patience
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
