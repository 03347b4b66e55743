"""Poller: queries the service for all open tabs of this process, and publishes to each tab its view model.

It runs only while a tab is subscribed, never blocks the event loop, and survives any failure of the service.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from dashboard.queries import Queries, utc_now
from dashboard.service import Action, Service
from dashboard.urls import Route
from dashboard.view_models import PageModel
from pipeline.errors import DubarrError

log = logging.getLogger(__name__)

T = TypeVar("T")

POLL_INTERVAL_S = 1.0
IDLE_POLL_INTERVAL_S = 3.0  # while changes are told: for what is no task, such as the log and the engines
MAX_POLL_INTERVAL_S = 5.0  # backoff limit while the service fails
ANSWER_TIMEOUT_S = 4.0  # without an answer for so long, pages are marked stale


class ServiceUnavailable(DubarrError):
    """The service does not answer at the moment."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the service does not answer ({reason}); this page keeps trying")
        self.args = (reason,)


class ChangeSource(Protocol):
    """Source of changes of the service's tasks. `is_live`: False while changes may be missed, so that polling at intervals must do."""

    @property
    def is_live(self) -> bool: ...
    def watch(self) -> AsyncIterator[None]:
        """One item for each batch of changes."""
        ...


class Subscription:
    """Subscription of one tab: its current route, and the callback that gets its view models."""

    def __init__(self, on_page: Callable[[PageModel], None], route: Route) -> None:
        self.on_page, self.route = on_page, route


class Poller:
    """Polls once for all tabs, so that twenty of them cost the service no more than one."""

    def __init__(
        self,
        service: Service,
        *,
        changes: ChangeSource | None = None,
        interval_s: float = POLL_INTERVAL_S,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        """`changes`: polls come at once after a change, at most one each `interval_s`, and seldom without one."""
        self._service, self._changes = service, changes
        self._interval_s, self._answer_timeout_s = interval_s, answer_timeout_s
        self.queries = Queries(service)
        self._subscriptions: set[Subscription] = set()
        self._pages: dict[Route, PageModel] = {}
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="dashboard")  # own ones: the API's may all be busy uploading

    @property
    def subscriber_count(self) -> int:
        """Number of subscribed tabs."""
        return len(self._subscriptions)

    @property
    def is_polling(self) -> bool:
        """True while the service is polled."""
        return self._task is not None and not self._task.done()

    def get_latest_page(self, route: Route) -> PageModel | None:
        """Latest view model of a route; None while no tab is subscribed to it."""
        return self._pages.get(route)

    def subscribe(self, on_page: Callable[[PageModel], None], route: Route) -> Subscription:
        """Subscribe a tab; `on_page` gets every view model, in the event loop. Call it within the loop."""
        tab = Subscription(on_page, route)
        self._subscriptions.add(tab)
        if page := self._pages.get(route):
            on_page(page)
        if not self.is_polling:
            self._task = asyncio.create_task(self._poll())
        self.poll_now()
        return tab

    def change_route(self, tab: Subscription, route: Route) -> None:
        """Move a subscription to another route."""
        tab.route = route
        if page := self._pages.get(route):
            tab.on_page(page)
        self.poll_now()

    def unsubscribe(self, tab: Subscription) -> None:
        """End a subscription; the last one stops the poller. Idempotent."""
        self._subscriptions.discard(tab)
        if not self._subscriptions:
            self._pages.clear()
            self.poll_now()

    def poll_now(self) -> None:
        """Poll at once instead of after the interval."""
        self._wake.set()

    async def run_action(self, action: Action, task_id: int) -> None:
        """Run an action on a task. Raises the service's DubarrError, worded for display."""
        await self._call(partial(_run_on_service, self._service, action, task_id))
        self.poll_now()

    async def _poll(self) -> None:
        listener = asyncio.create_task(self._listen(self._changes)) if self._changes else None
        try:
            await self._poll_while_subscribed()
        finally:
            if listener is not None:
                listener.cancel()

    async def _listen(self, changes: ChangeSource) -> None:
        """Poll at once where something changed. Ends where the source fails; polls at intervals go on."""
        while True:
            try:
                async for _ in changes.watch():
                    self.poll_now()
                    await asyncio.sleep(self._interval_s)  # what else changes meanwhile is in the next poll
            except DubarrError as error:
                log.debug("dashboard: no events: %s", error)
            await asyncio.sleep(self._interval_s)

    async def _poll_while_subscribed(self) -> None:
        failures = 0
        while self._subscriptions:
            self._wake.clear()
            routes = frozenset(tab.route for tab in self._subscriptions)
            answer = asyncio.ensure_future(self._call(partial(self.queries.load_pages, routes)))
            while not (await asyncio.wait([answer], timeout=self._answer_timeout_s))[0]:
                self._mark_stale(ServiceUnavailable(f"no answer for {self._answer_timeout_s:g} s"))
            try:
                self._pages = answer.result()
                failures = 0
            except DubarrError as error:
                failures += 1
                self._mark_stale(error)
            else:
                self._publish()
            await self._sleep(min(MAX_POLL_INTERVAL_S, self._interval_s * 2**failures) if failures else self._get_interval_s())

    def _get_interval_s(self) -> float:
        """Interval of polls without a change."""
        return max(IDLE_POLL_INTERVAL_S, self._interval_s) if self._changes and self._changes.is_live else self._interval_s

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            pass

    def _mark_stale(self, error: DubarrError) -> None:
        """Keep the known pages and mark them as stale."""
        known = {tab.route: self._pages.get(tab.route, PageModel(utc_now(), tab.route)) for tab in self._subscriptions}
        self._pages = {route: replace(page, connection_error=str(error)) for route, page in known.items()}
        self._publish()

    def _publish(self) -> None:
        for tab in tuple(self._subscriptions):
            if page := self._pages.get(tab.route):  # none yet for a tab that has just changed its route
                tab.on_page(page)

    async def _call(self, function: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function)
        except DubarrError:
            raise
        except Exception as error:  # the task boundary: the transport may raise anything, and must not end the poller
            log.warning("dashboard: the service does not answer: %r", error)
            raise ServiceUnavailable(type(error).__name__) from error


def _run_on_service(service: Service, action: Action, task_id: int) -> object:
    match action:
        case Action.RETRY:
            return service.retry_task(task_id)
        case Action.WHOLE:
            return service.dub_whole_film(task_id)
        case Action.CANCEL:
            return service.cancel_task(task_id)
        case Action.PURGE:
            return service.purge_task(task_id)
        case Action.DELETE:
            return service.delete_task(task_id)
