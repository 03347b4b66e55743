import asyncio

import pytest
from no_events import NoEvents

from serve.client.client_errors import Refused, ServiceUnavailable, WrongPassword
from serve.client.task_waiter import TaskWaiter, retry_while_unavailable


class Tasks:
    """A service of tasks that end one at each question; it is away for the first `away` of them."""

    def __init__(self, *ids, away=0, deleted=()):
        self.open, self.away, self.deleted = list(ids), away, set(deleted)
        self.questions = []

    def watch_changes(self, task_ids=(), *, types=()):
        return NoEvents()

    def tasks(self, *, ids, limit):
        self.questions.append(sorted(ids))
        if len(self.questions) <= self.away:
            raise ServiceUnavailable("http://here", "connection refused")
        if self.open:
            self.open.pop(0)
        return [self.task(task_id) for task_id in ids if task_id not in self.deleted]

    def task(self, task_id):
        return {"id": task_id, "status": "PROCESSING" if task_id in self.open else "DONE", "output": None, "error": None}


def waited(service, *ids, max_outage_s=10.0):
    async def wait():
        waiting = TaskWaiter(service, every=0.001, max_outage_s=max_outage_s)
        return await asyncio.gather(*(waiting.wait_until_ended(task_id) for task_id in ids), return_exceptions=True)

    return asyncio.run(wait())


def test_one_question_asks_for_all_that_are_waited_for():
    service = Tasks(1, 2, 3)
    assert [task["id"] for task in waited(service, 1, 2, 3)] == [1, 2, 3]
    assert service.questions == [[1, 2, 3], [2, 3], [3]]


def test_two_may_wait_for_one_task():
    assert [task["id"] for task in waited(Tasks(1), 1, 1)] == [1, 1]


def test_a_task_that_was_deleted_has_ended():
    (task,) = waited(Tasks(deleted={1}), 1)
    assert (task["status"], task["error"]) == ("ERROR", "task 1 was deleted")


def test_a_service_that_comes_back_is_waited_for():
    service = Tasks(1, away=3)
    assert waited(service, 1)[0]["status"] == "DONE"
    assert len(service.questions) == 4


def test_a_service_that_stays_away_is_told_to_everybody():
    answers = waited(Tasks(1, 2, away=10**6), 1, 2, max_outage_s=0.0)
    assert [type(answer) for answer in answers] == [ServiceUnavailable] * 2


def test_a_wrong_password_leaves_nobody_waiting():
    class Closed(Tasks):
        def tasks(self, *, ids, limit):
            raise WrongPassword("http://here")

    assert isinstance(waited(Closed(1), 1)[0], WrongPassword)


@pytest.mark.parametrize("status", [429, 503, 507])
def test_trouble_of_the_service_is_waited_out_and_is_no_fault_of_a_film(status):
    answers = iter([Refused(status, "no room"), Refused(status, "no room"), None])

    def ask():
        if trouble := next(answers):
            raise trouble
        return "well"

    assert asyncio.run(retry_while_unavailable(ask, every=0.0)) == "well"

    def always():
        raise Refused(status, "no room")

    with pytest.raises(ServiceUnavailable, match="no room"):
        asyncio.run(retry_while_unavailable(always, max_outage_s=0.0, every=0.0))


def test_what_a_film_is_refused_for_is_not_asked_again():
    asked = []

    def ask():
        asked.append(1)
        raise Refused(422, "not a film")

    with pytest.raises(Refused):
        asyncio.run(retry_while_unavailable(ask))
    assert len(asked) == 1
