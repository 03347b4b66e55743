import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.poller import Poller
from dashboard.session import TabSession
from dashboard.urls import FilmListRoute, FilmRoute, SystemRoute
from dashboard.view_models import FilmListModel, FilmModel, NotFoundModel, PageModel, SystemModel
from tests.support.dashboard import DONE, NOON, PROCESSING, READY, SYSTEM, until


@pytest.fixture
def told():
    return []


@pytest.fixture
def screen(service, told):
    return TabSession(Poller(service, interval_s=3600), told.append)


BOARD = PageModel(NOON, FilmListRoute(), health=READY, content=FilmListModel((replace(PROCESSING, id=8), DONE), 2))


def later(board, **shown):
    """The same place a second later."""
    return replace(board, at=NOON + timedelta(seconds=1), content=replace(board.content, **shown))


def test_the_first_board_is_told_as_a_whole_page(screen, told):
    screen.on_page(BOARD)
    assert told[0]["page"]["key"] == "films-cards" and "tasks-8" in told[0]["page"]["html"] and "badges" in told[0]["regions"]
    assert told[0]["title"] == "Dubs"


def test_the_same_board_is_told_nothing(screen, told):
    screen.on_page(BOARD)
    screen.on_page(BOARD)
    assert len(told) == 1


def test_a_second_later_only_the_task_at_work_is_told(screen, told):
    screen.on_page(BOARD)
    screen.on_page(later(BOARD))
    assert set(told[1]) == {"lists"} and set(told[1]["lists"]["tasks"]["rows"]) == {"8"}
    assert "order" not in told[1]["lists"]["tasks"]


def test_new_lines_of_the_log_are_told_alone(screen, told):
    board = PageModel(NOON, SystemRoute(), health=READY, content=SystemModel(SYSTEM, ("a", "b")))
    screen.on_page(board)
    screen.on_page(replace(board, content=replace(board.content, log=("b", "c"))))
    assert told[1] == {"log": {"drop": 1, "add": "<div>c</div>"}}


def test_a_task_that_is_gone_leaves_the_order_and_the_last_one_leaves_an_invitation(screen, told):
    screen.on_page(BOARD)
    screen.on_page(replace(BOARD, content=FilmListModel((DONE,), 1)))
    screen.on_page(replace(BOARD, content=FilmListModel()))
    assert told[1]["lists"]["tasks"] == {"order": ["7"]}
    assert told[2]["lists"]["tasks"]["order"] == ["none"] and "No videos yet" in told[2]["lists"]["tasks"]["rows"]["none"]


def test_another_place_is_told_as_another_page(screen, told):
    screen.on_page(BOARD)
    screen.on_page(PageModel(NOON, FilmRoute(7), health=READY, content=FilmModel(DONE, "es")))
    assert told[1]["page"]["key"].startswith("film-7") and told[1]["title"] == "voyage.mkv"
    assert "lists" not in told[1]


def test_a_film_that_is_gone_says_so(screen, told):
    screen.on_page(PageModel(NOON, FilmRoute(7), health=READY, content=NotFoundModel("there is no task 7")))
    assert "There is no task 7. It was deleted" in told[0]["page"]["html"]


@pytest.mark.parametrize(
    "message",
    [
        None,
        "hello",
        {},
        {"hello": {}},
        {"hello": ["task=1"]},
        {"go": 2},
        {"go": "?task=1"},  # before hello
        {"refresh": "yes"},
        {"action": "drop_tables", "task": 1},
        {"action": "retry", "task": "1"},
        {"action": ["retry"], "task": 1},
    ],
)
def test_an_ill_formed_message_is_passed_over(screen, told, message):
    screen.handle_message(message)
    assert told == []


def test_a_sign_of_life_is_answered(screen, told):
    screen.handle_message({"ping": 3})
    assert told == [{"pong": 3}]


def test_an_action_is_done_and_said(service, told):
    task = service.add("a.mkv")

    async def story():
        TabSession(Poller(service), told.append).handle_message({"action": "delete", "task": task.id})
        await until(lambda: told)

    asyncio.run(story())
    assert told == [{"toast": {"text": "Deleted.", "bad": False}}]
    assert service.count_tasks_by_status()["QUEUED"] == 0


def test_an_action_that_fails_is_said_in_the_services_words(service, told):
    async def story():
        TabSession(Poller(service), told.append).handle_message({"action": "retry", "task": 99})
        await until(lambda: told)

    asyncio.run(story())
    assert told[0]["toast"]["bad"] and "no task 99" in told[0]["toast"]["text"]


def test_a_page_that_says_hello_again_is_told_all_again(service, told):
    service.add("a.mkv")

    async def story():
        feed = Poller(service, interval_s=3600)
        screen = TabSession(feed, told.append)
        for hellos in (1, 2):
            screen.handle_message({"hello": ""})
            await until(lambda hellos=hellos: sum("tasks-1" in repr(message.get("page")) for message in told) == hellos)
        assert feed.subscriber_count == 1
        screen.close()
        assert feed.subscriber_count == 0

    asyncio.run(story())


def test_whoever_goes_elsewhere_is_shown_what_is_there(service, told):
    task = service.add("a.mkv")

    async def story():
        screen = TabSession(Poller(service, interval_s=3600), told.append)
        screen.handle_message({"hello": ""})
        await until(lambda: told)
        screen.handle_message({"go": f"?task={task.id}&part=work"})
        await until(lambda: any(message.get("title") == "a.mkv" for message in told))
        screen.close()

    asyncio.run(story())
