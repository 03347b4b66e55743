import asyncio
import threading
from dataclasses import replace

import pytest

from dashboard.feed import PAGE, Action, Feed, ServiceSilent, Watch
from pipeline.errors import NotFound
from tests.support.dashboard import until

QUICK = 0.01  # s between questions


class Eye:
    """Remembers the boards it was shown, and waits for one of a kind."""

    def __init__(self):
        self.boards = []
        self._news = asyncio.Event()

    def __call__(self, board):
        self.boards.append(board)
        self._news.set()

    async def sees(self, claim):
        async with asyncio.timeout(20):
            while not any(claim(board) for board in self.boards):
                self._news.clear()
                await self._news.wait()
        return next(board for board in self.boards if claim(board))


def test_a_looker_sees_tasks_queue_health_and_log(service):
    service.add("a.mkv")
    service.log.append("a line")

    async def story():
        eye = Eye()
        feed = Feed(service, interval=QUICK)
        feed.look(eye)
        board = await eye.sees(lambda board: board.tasks)
        assert board.tasks[0].path.name == "a.mkv" and board.queue["QUEUED"] == 1 and board.log == ("a line",)
        assert board.health == service.health_now and board.trouble is None

    asyncio.run(story())


def test_nobody_looking_asks_nothing(service):
    async def story():
        eye = Eye()
        feed = Feed(service, interval=QUICK)
        await asyncio.sleep(5 * QUICK)
        assert service.questions == 0 and not feed.polling
        tab = feed.look(eye)
        await eye.sees(lambda board: True)
        feed.leave(tab)
        feed.leave(tab)  # harmless
        await until(lambda: not feed.polling)
        asked = service.questions
        await asyncio.sleep(5 * QUICK)
        assert service.questions == asked and feed.latest() is None

    asyncio.run(story())


def test_twenty_tabs_ask_no_more_than_one(service):
    async def story():
        eyes = [Eye() for _ in range(20)]
        feed = Feed(service, interval=3600)
        tabs = [feed.look(eye) for eye in eyes]
        for eye in eyes:
            await eye.sees(lambda board: board.health)
        assert service.questions <= 2  # one round, and one for the pokes during it
        late = Eye()
        tabs.append(feed.look(late))
        assert late.boards  # at once, from what is known
        for tab in tabs:
            feed.leave(tab)

    asyncio.run(story())


def test_each_tab_sees_its_own_page_and_the_stages_it_unfolded(service):
    tasks = [service.add(f"{n}.mkv") for n in range(PAGE + 1)]

    async def story():
        newest, oldest = Eye(), Eye()
        feed = Feed(service, interval=QUICK)
        feed.look(newest, Watch(opened=frozenset({tasks[-1].id, 4711})))  # 4711 was deleted meanwhile
        feed.look(oldest, Watch(offset=PAGE))
        first = await newest.sees(lambda board: board.tasks)
        last = await oldest.sees(lambda board: board.tasks)
        assert len(first.tasks) == PAGE and first.total == PAGE + 1 and dict(first.stages) == {tasks[-1].id: ()}
        assert [task.id for task in last.tasks] == [tasks[0].id] and not last.stages

    asyncio.run(story())


def test_behind_the_end_is_the_last_page(service):
    service.add("only.mkv")

    async def story():
        eye = Eye()
        feed = Feed(service, interval=QUICK)
        feed.look(eye, Watch(offset=3 * PAGE))
        board = await eye.sees(lambda board: board.tasks)
        assert board.offset == 0 and board.tasks[0].path.name == "only.mkv"

    asyncio.run(story())


@pytest.mark.parametrize("failure", [ConnectionResetError("gone"), RuntimeError("the actor died"), ServiceSilent("why")])
def test_a_failing_service_leaves_what_was_known_and_is_found_again(service, failure):
    service.add("a.mkv")

    async def story():
        eye = Eye()
        feed = Feed(service, interval=QUICK)
        feed.look(eye)
        await eye.sees(lambda board: board.tasks)
        service.failure = failure
        stale = await eye.sees(lambda board: board.trouble)
        assert "does not answer" in stale.trouble and stale.tasks
        service.failure = None
        eye.boards.clear()
        await eye.sees(lambda board: board.trouble is None)

    asyncio.run(story())


def test_a_service_that_hangs_is_told_and_does_not_stop_the_loop(service):
    service.hold = threading.Event()

    async def story():
        eye = Eye()
        feed = Feed(service, interval=QUICK, patience=QUICK)
        feed.look(eye)
        await eye.sees(lambda board: board.trouble)  # the loop turned while the question hung
        service.hold.set()
        await eye.sees(lambda board: board.health and not board.trouble)

    asyncio.run(story())


def test_an_action_is_done_and_seen_at_once(service):
    task = service.add("a.mkv")

    async def story():
        eye = Eye()
        feed = Feed(service, interval=3600)
        feed.look(eye)
        await eye.sees(lambda board: board.tasks)
        await feed.act(Action.DELETE, task.id)
        await eye.sees(lambda board: board.health and not board.tasks)

    asyncio.run(story())


def test_an_action_that_cannot_be_done_says_why(service):
    async def story():
        with pytest.raises(NotFound, match="no task 99"):
            await Feed(service).act(Action.RETRY, 99)

    asyncio.run(story())


def test_what_stays_the_same_is_equal(service):
    service.add("a.mkv")

    async def story():
        eye = Eye()
        feed = Feed(service, interval=QUICK)
        feed.look(eye)
        await eye.sees(lambda board: board.tasks and len(eye.boards) > 2)
        one, other = eye.boards[-2:]
        assert one == replace(other, at=one.at)

    asyncio.run(story())
