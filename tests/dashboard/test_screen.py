import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.feed import Board, Feed
from dashboard.screen import Screen
from tests.support.dashboard import DONE, NOON, PROCESSING, READY, until


@pytest.fixture
def told():
    return []


@pytest.fixture
def screen(service, told):
    return Screen(Feed(service, interval=3600), told.append)


BOARD = Board(NOON, tasks=(replace(PROCESSING, id=8), DONE), total=2, health=READY, log=("a", "b"))


def test_the_first_board_is_told_in_full(screen, told):
    screen.show(BOARD)
    assert told[0]["order"] == [8, 7] and set(told[0]["rows"]) == {"7", "8"} and "lights" in told[0]["regions"]
    assert told[0]["log"]["drop"] is None and "a" in told[0]["log"]["add"]


def test_the_same_board_is_told_nothing(screen, told):
    screen.show(BOARD)
    screen.show(BOARD)
    assert len(told) == 1


def test_a_second_later_only_the_task_at_work_is_told(screen, told):
    screen.show(BOARD)
    screen.show(replace(BOARD, at=NOON + timedelta(seconds=1)))
    assert set(told[1]) == {"rows"} and set(told[1]["rows"]) == {"8"}


def test_new_lines_of_the_log_are_told_alone(screen, told):
    screen.show(BOARD)
    screen.show(replace(BOARD, log=("b", "c")))
    assert told[1] == {"log": {"drop": 1, "add": "<div>c</div>"}}


def test_a_task_that_is_gone_leaves_the_order_and_the_last_one_leaves_an_invitation(screen, told):
    screen.show(BOARD)
    screen.show(replace(BOARD, tasks=(DONE,)))
    screen.show(replace(BOARD, tasks=()))
    assert told[1]["order"] == [7] and "rows" not in told[1] and told[1]["empty"] == ""
    assert told[2]["order"] == [] and "No films yet" in told[2]["empty"]


def test_an_empty_library_is_told_although_no_row_changed(screen, told):
    screen.show(replace(BOARD, tasks=(), total=0))
    assert "No films yet" in told[0]["empty"]


@pytest.mark.parametrize(
    "message",
    [
        None,
        "hello",
        {},
        {"hello": {}},
        {"hello": {"offset": "0", "opened": []}},
        {"page": "2"},
        {"opened": [1]},  # before hello
        {"action": "drop_tables", "task": 1},
        {"action": "retry", "task": "1"},
        {"action": ["retry"], "task": 1},
    ],
)
def test_an_ill_formed_message_is_passed_over(screen, told, message):
    screen.hear(message)
    assert told == []


def test_a_sign_of_life_is_answered(screen, told):
    screen.hear({"ping": 3})
    assert told == [{"pong": 3}]


def test_an_action_is_done_and_said(service, told):
    task = service.add("a.mkv")

    async def story():
        Screen(Feed(service), told.append).hear({"action": "delete", "task": task.id})
        await until(lambda: told)

    asyncio.run(story())
    assert told == [{"said": {"text": "Removed from the list.", "bad": False}}]
    assert service.queue_stats()["QUEUED"] == 0


def test_an_action_that_fails_is_said_in_the_services_words(service, told):
    async def story():
        Screen(Feed(service), told.append).hear({"action": "retry", "task": 99})
        await until(lambda: told)

    asyncio.run(story())
    assert told[0]["said"]["bad"] and "no task 99" in told[0]["said"]["text"]


def test_a_page_that_says_hello_again_is_told_all_again(service, told):
    service.add("a.mkv")

    async def story():
        feed = Feed(service, interval=3600)
        screen = Screen(feed, told.append)
        for hellos in (1, 2):
            screen.hear({"hello": {"offset": 0, "opened": [1, True, "x"]}})
            await until(lambda hellos=hellos: sum("order" in message for message in told) == hellos)
        assert feed.tabs == 1
        screen.close()
        assert feed.tabs == 0

    asyncio.run(story())
    assert [set(message["rows"]) for message in told if "order" in message] == [{"1"}, {"1"}]
