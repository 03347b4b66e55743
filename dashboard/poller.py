"""The feed: one poller for all open tabs of this process. It asks the service, and hands each tab its board.

It runs only while somebody looks, never blocks the event loop, and outlives whatever befalls the service.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

from dashboard.queries import Queries, utc_now
from dashboard.service import Action, Service
from dashboard.urls import Route
from dashboard.view_models import PageModel
from pipeline.errors import DubarrError

log = logging.getLogger(__name__)

T = TypeVar("T")

POLL_INTERVAL_S = 1.0  # s between questions
ANSWER_TIMEOUT_S = 4.0  # s without an answer after which tabs are told
MAX_POLL_INTERVAL_S = 5.0  # s between questions to a service that fails


class ServiceUnavailable(DubarrError):
    """The service cannot be asked at the moment."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the service does not answer ({reason}); this page keeps trying")
        self.args = (reason,)


class Subscription:
    """A looker in the feed. Change `place` and poke the feed to look elsewhere."""

    def __init__(self, on_page: Callable[[PageModel], None], place: Route) -> None:
        self.on_page, self.route = on_page, place


class Poller:
    """Asks for all tabs at once, so that twenty of them cost the service no more than one."""

    def __init__(
        self, service: Service, *, interval_s: float = POLL_INTERVAL_S, answer_timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        self._service, self._interval_s, self._answer_timeout_s = service, interval_s, answer_timeout_s
        self.queries = Queries(service)
        self._tabs: set[Subscription] = set()
        self._boards: dict[Route, PageModel] = {}
        self._poller: asyncio.Task[None] | None = None
        self._poked = asyncio.Event()
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="dashboard")  # own ones: the API's may all be busy uploading

    @property
    def subscriber_count(self) -> int:
        """How many look."""
        return len(self._tabs)

    @property
    def is_polling(self) -> bool:
        """Whether the service is being asked."""
        return self._poller is not None and not self._poller.done()

    def latest_page(self, place: Route) -> PageModel | None:
        """What is seen from a place as known already; None while nobody looks from there."""
        return self._boards.get(place)

    def subscribe(self, on_page: Callable[[PageModel], None], place: Route) -> Subscription:
        """Begin to look; `show` hears of every board, in the event loop. Call it within the loop."""
        tab = Subscription(on_page, place)
        self._tabs.add(tab)
        if board := self._boards.get(place):
            on_page(board)
        if not self.is_polling:
            self._poller = asyncio.create_task(self._poll())
        self.poll_now()
        return tab

    def change_route(self, tab: Subscription, place: Route) -> None:
        """Look elsewhere."""
        tab.route = place
        if board := self._boards.get(place):
            tab.on_page(board)
        self.poll_now()

    def unsubscribe(self, tab: Subscription) -> None:
        """Look no more. Harmless when repeated. The last one out stops the poller."""
        self._tabs.discard(tab)
        if not self._tabs:
            self._boards.clear()
            self.poll_now()

    def poll_now(self) -> None:
        """Ask now rather than in a second: something changed."""
        self._poked.set()

    async def run_action(self, action: Action, task_id: int) -> None:
        """Do something to a task. Raises the service's DubarrError, worded for people."""
        await self._ask(lambda: getattr(self._service, action.value)(task_id))
        self.poll_now()

    async def _poll(self) -> None:
        failures = 0
        while self._tabs:
            self._poked.clear()
            places = frozenset(tab.route for tab in self._tabs)
            asked = asyncio.ensure_future(self._ask(partial(self.queries.boards, places)))
            while not (await asyncio.wait([asked], timeout=self._answer_timeout_s))[0]:
                self._stale(ServiceUnavailable(f"no answer for {self._answer_timeout_s:g} s"))
            try:
                self._boards = asked.result()
                failures = 0
            except DubarrError as error:
                failures += 1
                self._stale(error)
            else:
                self._hand_out()
            await self._pause(min(MAX_POLL_INTERVAL_S, self._interval_s * 2**failures) if failures else self._interval_s)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._poked.wait(), seconds)
        except TimeoutError:
            pass

    def _stale(self, error: DubarrError) -> None:
        """Keep what was known, and say that it is old."""
        known = {tab.route: self._boards.get(tab.route, PageModel(utc_now(), tab.route)) for tab in self._tabs}
        self._boards = {place: replace(board, trouble=str(error)) for place, board in known.items()}
        self._hand_out()

    def _hand_out(self) -> None:
        for tab in tuple(self._tabs):
            if board := self._boards.get(tab.route):  # none yet for a tab that has just turned to another page
                tab.on_page(board)

    async def _ask(self, question: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, question)
        except DubarrError:
            raise
        except Exception as error:  # the boundary: what carries our questions may raise anything, and must not end the poller
            log.warning("dashboard: the service cannot be asked: %r", error)
            raise ServiceUnavailable(type(error).__name__) from error
