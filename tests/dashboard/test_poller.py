import asyncio
import threading
from dataclasses import replace

import pytest

from dashboard.poller import Poller, ServiceUnavailable
from dashboard.service import Action
from dashboard.urls import TASKS_PER_PAGE, FilmListRoute, FilmRoute
from pipeline.errors import NotFound
from tests.support.dashboard import until

QUICK = 0.01  # s between questions


class Eye:
    """Remembers the boards it was shown, and waits for one of a kind."""

    def __init__(self):
        self.pages = []
        self._news = asyncio.Event()

    def __call__(self, board):
        self.pages.append(board)
        self._news.set()

    async def sees(self, claim):
        async with asyncio.timeout(20):
            while not any(claim(board) for board in self.pages):
                self._news.clear()
                await self._news.wait()
        return next(board for board in self.pages if claim(board))


def test_a_looker_sees_tasks_queue_and_health(service):
    service.add("a.mkv")

    async def story():
        eye = Eye()
        feed = Poller(service, interval_s=QUICK)
        feed.subscribe(eye, FilmListRoute())
        board = await eye.sees(lambda board: board.content)
        assert board.content.tasks[0].path.name == "a.mkv" and board.queue["QUEUED"] == 1
        assert board.health == service.health_now and board.connection_error is None

    asyncio.run(story())


def test_nobody_looking_asks_nothing(service):
    async def story():
        eye = Eye()
        feed = Poller(service, interval_s=QUICK)
        await asyncio.sleep(5 * QUICK)
        assert service.queries == 0 and not feed.is_polling
        tab = feed.subscribe(eye, FilmListRoute())
        await eye.sees(lambda board: True)
        feed.unsubscribe(tab)
        feed.unsubscribe(tab)  # harmless
        await until(lambda: not feed.is_polling)
        asked = service.queries
        await asyncio.sleep(5 * QUICK)
        assert service.queries == asked and feed.get_latest_page(FilmListRoute()) is None

    asyncio.run(story())


def test_twenty_tabs_ask_no_more_than_one(service):
    async def story():
        eyes = [Eye() for _ in range(20)]
        feed = Poller(service, interval_s=3600)
        tabs = [feed.subscribe(eye, FilmListRoute()) for eye in eyes]
        for eye in eyes:
            await eye.sees(lambda board: board.health)
        assert service.queries <= 2  # one round, and one for the pokes during it
        late = Eye()
        tabs.append(feed.subscribe(late, FilmListRoute()))
        assert late.pages  # at once, from what is known
        for tab in tabs:
            feed.unsubscribe(tab)

    asyncio.run(story())


def test_each_tab_sees_its_own_place(service):
    tasks = [service.add(f"{n}.mkv") for n in range(TASKS_PER_PAGE + 1)]

    async def story():
        newest, oldest, one = Eye(), Eye(), Eye()
        feed = Poller(service, interval_s=QUICK)
        feed.subscribe(newest, FilmListRoute())
        feed.subscribe(oldest, FilmListRoute(offset=TASKS_PER_PAGE))
        feed.subscribe(one, FilmRoute(tasks[3].id))
        first, last = [await eye.sees(lambda board: board.content) for eye in (newest, oldest)]
        assert len(first.content.tasks) == TASKS_PER_PAGE and first.content.total == TASKS_PER_PAGE + 1
        assert [task.id for task in last.content.tasks] == [tasks[0].id]
        assert (await one.sees(lambda board: board.content)).content.task.id == tasks[3].id

    asyncio.run(story())


def test_a_tab_that_turns_sees_the_other_place_and_no_more_of_the_first(service):
    task = service.add("a.mkv")

    async def story():
        eye = Eye()
        feed = Poller(service, interval_s=QUICK)
        tab = feed.subscribe(eye, FilmListRoute())
        await eye.sees(lambda board: board.content)
        feed.change_route(tab, FilmRoute(task.id))
        await eye.sees(lambda board: board.route == FilmRoute(task.id) and board.content)
        eye.pages.clear()
        assert (await eye.sees(lambda board: True)).route == FilmRoute(task.id)

    asyncio.run(story())


@pytest.mark.parametrize("failure", [ConnectionResetError("gone"), RuntimeError("the actor died"), ServiceUnavailable("why")])
def test_a_failing_service_leaves_what_was_known_and_is_found_again(service, failure):
    service.add("a.mkv")

    async def story():
        eye = Eye()
        feed = Poller(service, interval_s=QUICK)
        feed.subscribe(eye, FilmListRoute())
        await eye.sees(lambda board: board.content and board.content.tasks)
        service.failure = failure
        stale = await eye.sees(lambda board: board.connection_error)
        assert "does not answer" in stale.connection_error and stale.content.tasks
        service.failure = None
        eye.pages.clear()
        await eye.sees(lambda board: board.connection_error is None)

    asyncio.run(story())


def test_a_service_that_hangs_is_told_and_does_not_stop_the_loop(service):
    service.hold = threading.Event()

    async def story():
        eye = Eye()
        feed = Poller(service, interval_s=QUICK, answer_timeout_s=QUICK)
        feed.subscribe(eye, FilmListRoute())
        await eye.sees(lambda board: board.connection_error)  # the loop turned while the question hung
        service.hold.set()
        await eye.sees(lambda board: board.health and not board.connection_error)

    asyncio.run(story())


def test_an_action_is_done_and_seen_at_once(service):
    task = service.add("a.mkv")

    async def story():
        eye = Eye()
        feed = Poller(service, interval_s=3600)
        feed.subscribe(eye, FilmListRoute())
        await eye.sees(lambda board: board.content and board.content.tasks)
        await feed.run_action(Action.DELETE, task.id)
        await eye.sees(lambda board: board.content and not board.content.tasks)

    asyncio.run(story())


def test_an_action_that_cannot_be_done_says_why(service):
    async def story():
        with pytest.raises(NotFound, match="no task 99"):
            await Poller(service).run_action(Action.RETRY, 99)

    asyncio.run(story())


def test_what_stays_the_same_is_equal(service):
    service.add("a.mkv")

    async def story():
        eye = Eye()
        feed = Poller(service, interval_s=QUICK)
        feed.subscribe(eye, FilmListRoute())
        await eye.sees(lambda board: board.content and len(eye.pages) > 2)
        one, other = eye.pages[-2:]
        assert one == replace(other, at=one.at)

    asyncio.run(story())


class Changes:
    """A source of changes that the test makes."""

    def __init__(self):
        self.is_live, self.watchers, self._changed = True, 0, asyncio.Event()

    def change(self):
        self._changed.set()

    async def watch(self):
        self.watchers += 1
        try:
            while self.is_live:
                await self._changed.wait()
                self._changed.clear()
                yield
        finally:
            self.watchers -= 1


def test_a_change_is_shown_at_once_and_without_one_little_is_asked(service, monkeypatch):
    monkeypatch.setattr("dashboard.poller.IDLE_POLL_INTERVAL_S", 60.0)

    async def story():
        eye, changes = Eye(), Changes()
        feed = Poller(service, changes=changes, interval_s=QUICK)
        tab = feed.subscribe(eye, FilmListRoute())
        await eye.sees(lambda board: board.content)
        await asyncio.sleep(10 * QUICK)
        asked = service.queries
        await asyncio.sleep(20 * QUICK)
        assert service.queries == asked, "nothing is asked while nothing changes"
        service.add("b.mkv")
        changes.change()
        await eye.sees(lambda board: board.content and len(board.content.tasks) == 1)
        feed.unsubscribe(tab)
        await until(lambda: not feed.is_polling and changes.watchers == 0)

    asyncio.run(story())


def test_where_changes_are_not_told_it_asks_at_intervals(service, monkeypatch):
    monkeypatch.setattr("dashboard.poller.IDLE_POLL_INTERVAL_S", 60.0)

    async def story():
        eye, changes = Eye(), Changes()
        changes.is_live = False
        feed = Poller(service, changes=changes, interval_s=QUICK)
        feed.subscribe(eye, FilmListRoute())
        await eye.sees(lambda board: board.content)
        service.add("b.mkv")
        await eye.sees(lambda board: board.content and len(board.content.tasks) == 1)

    asyncio.run(story())
