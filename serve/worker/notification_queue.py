"""Notification queue of a worker: other applications are told of ended tasks in a thread of its own, while the next film is dubbed.

Sonarr and Radarr may take up to a minute for a task: their rescan is waited for. A worker that stops ends such waits and sends
what is left; the log names the tasks whose notifications could not be sent by then.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable

from pipeline.errors import DubarrError
from pipeline.settings import Settings
from pipeline.values.tasks import Task
from serve.connections.arr_updates import update_arr
from serve.connections.library_refresh import refresh_libraries
from serve.worker.notify import send_notifications

log = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 4.0  # that a worker that stops gives what is not sent yet; Serve kills it soon after

Send = Callable[[Task, threading.Event], None]  # the event: set when the worker stops, and nothing is waited for any more


class NotificationQueue:
    """Notifications about ended tasks, sent one task after another. Its thread lives while there are some."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._pending: deque[Task] = deque()
        self._thread: threading.Thread | None = None
        self._closing, self._lock = threading.Event(), threading.Lock()

    def add(self, task: Task) -> None:
        """Add a task that has ended."""
        with self._lock:
            self._pending.append(task)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._send_all, name="notifications", daemon=True)
                self._thread.start()

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Send what is left, without waits, within `timeout_s` seconds; log the tasks that were not told by then."""
        self._closing.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        with self._lock:
            left = [task.id for task in self._pending]
        if left:
            log.warning("stopped before other applications were told of the end of task %s", ", ".join(map(str, left)))

    def _send_all(self) -> None:
        while True:
            with self._lock:
                if not self._pending:
                    self._thread = None
                    return
                task = self._pending[0]
            try:
                self._send(task, self._closing)
            except DubarrError as error:
                log.warning("task=%d other applications were not told of its end: %s", task.id, error)
            finally:
                with self._lock:
                    self._pending.popleft()


def tell_applications(task: Task, settings: Settings, stopping: threading.Event) -> None:
    """Tell the applications of the settings of a task's end, one after another; `stopping` ends the wait for a rescan."""
    send_notifications(task, settings)
    refresh_libraries(task, settings)
    update_arr(task, settings, stopping)
