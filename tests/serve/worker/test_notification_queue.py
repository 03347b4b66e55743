"""Notifications are sent in order beside the worker's loop, and what a stop leaves unsent is in the log."""

import logging
import threading
from dataclasses import replace

import pytest

from pipeline.errors import NotPossible
from pipeline.values.tasks import Task
from serve.worker.notification_queue import NotificationQueue
from tests.support.dashboard import DONE


def test_notifications_are_sent_in_order_and_a_failure_stops_none(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[int] = []
    held = threading.Event()

    def send(task: Task, stopping: threading.Event) -> None:
        assert held.wait(60) and stopping.wait(60)
        sent.append(task.id)
        if task.id == 1:
            raise NotPossible("it is away")

    queue = NotificationQueue(send)
    for number in (1, 2, 3):
        queue.add(replace(DONE, id=number))
    assert sent == []
    held.set()
    queue.close(timeout_s=60)
    assert sent == [1, 2, 3]
    assert "task=1 other applications were not told of its end: it is away" in caplog.text


def test_what_is_not_sent_when_the_worker_stops_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    held = threading.Event()
    queue = NotificationQueue(lambda task, stopping: held.wait(60) and None)
    for number in (4, 5):
        queue.add(replace(DONE, id=number))
    queue.close(timeout_s=0.01)
    held.set()
    assert "stopped before other applications were told of the end of task 4, 5" in caplog.text
