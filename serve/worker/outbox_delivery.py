"""Delivery of the store's outbox: other applications are told of ended tasks, in a thread of the worker, while the next film is dubbed.

A message is sent at least once: it is deleted after its delivery, and one whose worker was killed is sent again by the next. One that
fails is tried again with exponential back-off, and given up after the last attempt, or after `MAX_AGE`: that is in the log, and a
note on the task.
"""

import heapq
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from pipeline.errors import DubarrError, StoreError
from pipeline.settings import OutputPlacement, Settings
from pipeline.store.monitoring.outbox import Outbox
from pipeline.values.monitoring.outbox import OutboxMessage, Receiver, TaskEnd
from pipeline.values.tasks import Task
from serve.connections.arr_updates import find_arr, update_arr
from serve.connections.library_refresh import refresh_library
from serve.store.remote_monitoring import RemoteOutbox
from serve.worker.notify import send_callback, send_completion

log = logging.getLogger(__name__)

RETRY_DELAYS_S = (2.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 3 * 3_600.0, 9 * 3_600.0)  # before the second attempt, and so on
MAX_AGE = timedelta(days=3)  # after which a message that failed is given up, whatever its attempts
CLAIM_S = 180.0  # until a message whose worker was killed is claimed again: longer than any attempt
POLL_INTERVAL_S = 30.0  # between looks for messages of other workers
CLOCK_SLACK_S = 0.05  # between the store's clock and the monotonic one
CLOSE_TIMEOUT_S = 4.0  # that a worker that stops gives to new messages; Serve kills it soon after

# Of an answer in a shape that no application gives, or an address or key that cannot be sent.
UNEXPECTED = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)

Deliver = Callable[[OutboxMessage, threading.Event], None]  # NotPossible; the event: set when the worker stops


class OutboxDelivery:
    """Delivery of messages, one after another, until `close`. Start it once."""

    def __init__(self, outbox: Outbox | RemoteOutbox, deliver: Deliver, *, delays: Sequence[float] = RETRY_DELAYS_S) -> None:
        self._outbox, self._deliver, self._delays = outbox, deliver, delays
        self._closing, self._wake = threading.Event(), threading.Event()
        self._retries: list[float] = []  # a heap: when messages that failed here are due, by the monotonic clock
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Start the thread, with what an earlier worker left."""
        self._thread.start()

    def wake(self) -> None:
        """Look for messages now: a task has ended."""
        self._wake.set()

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Try to send new messages within `timeout_s` seconds, without waits. What is left is sent by the next worker."""
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            looked_at, is_closing = time.monotonic(), self._closing.is_set()
            try:
                message = self._outbox.claim_next(CLAIM_S, new_only=is_closing)
                if message is not None:
                    self._attempt(message)
                    continue
            except StoreError as error:
                log.warning("the outbox cannot be read: %s", error)
            if is_closing:
                return
            self._wake.wait(self._measure_pause(looked_at))
            self._wake.clear()

    def _measure_pause(self, looked_at: float) -> float:
        """Seconds until the next look. `looked_at`: when the last one began, which found all that was due by then."""
        while self._retries and self._retries[0] <= looked_at:
            heapq.heappop(self._retries)
        return min(POLL_INTERVAL_S, max(0.0, self._retries[0] - time.monotonic())) if self._retries else POLL_INTERVAL_S

    def _attempt(self, message: OutboxMessage) -> None:
        """Attempt the delivery of a claimed message, and record how it went. StoreError."""
        try:
            self._deliver(message, self._closing)
        except DubarrError as error:
            self._record_failure(message, str(error))
        except UNEXPECTED as error:
            log.exception("task=%d %s: the delivery failed unexpectedly", message.end.id, message.receiver)
            self._record_failure(message, f"{type(error).__name__}: what answers there may be another application; see the log")
        else:
            self._outbox.remove(message.id)

    def _record_failure(self, message: OutboxMessage, failure: str) -> None:
        age = datetime.now(UTC).replace(tzinfo=None) - message.created_at
        if message.attempts > len(self._delays) or age > MAX_AGE:
            sentence = f"{message.receiver.label} could not be told of its end in {message.attempts} attempts: {failure}"
            log.error("task=%d given up: %s", message.end.id, sentence)
            self._outbox.give_up(message.id, sentence)
            return
        delay = self._delays[message.attempts - 1]
        log.warning(
            "task=%d %s was not told, and is tried again in %g s (attempt %d): %s",
            *(message.end.id, message.receiver.label, delay, message.attempts, failure),
        )
        self._outbox.postpone(message.id, failure, delay)
        heapq.heappush(self._retries, time.monotonic() + delay + CLOCK_SLACK_S)


def choose_receivers(task: Task, settings: Settings, *, is_done: bool) -> frozenset[Receiver]:
    """Receivers of the messages about a task's end, beside its callback. Libraries learn of finished dubs in their folders alone."""
    found = {Receiver.COMPLETION} if settings.completion_url else set()
    if is_done and not task.preview_only and settings.placement is not OutputPlacement.DUBS:
        found |= {Receiver.PLEX} if settings.plex_url else set()
        found |= {Receiver.JELLYFIN} if settings.jellyfin_url else set()
        found |= {Receiver.ARR} if find_arr(TaskEnd.of(task), settings) else set()
    return frozenset(found)


def deliver_message(message: OutboxMessage, settings: Settings, stopping: threading.Event) -> None:
    """Deliver a message with the addresses and keys of the settings as they are now. `stopping`: ends the wait for a rescan. NotPossible."""
    match message.receiver:
        case Receiver.CALLBACK:
            host = send_callback(message, settings.callback_secret)
            log.info("task=%d callback delivered to %s", message.end.id, host)
        case Receiver.COMPLETION:
            send_completion(message, settings)
            log.info("task=%d completion webhook delivered", message.end.id)
        case Receiver.PLEX | Receiver.JELLYFIN:
            refresh_library(message.receiver, message.end, settings)
        case Receiver.ARR:
            update_arr(message.end, settings, stopping)
