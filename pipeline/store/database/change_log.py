"""Change log of the store in memory: a ring buffer of the last events, in the order of the commits, with waiters.

Ids start at a time, so that those after a restart are larger than all before it. A reader that asks for events after an id which is
too old, or of another run of the store, gets a batch that tells so.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

from pipeline.values.monitoring.task_events import EventBatch, RecordedEvent, TaskEvent

MAX_EVENTS = 4_096  # about 1 MB; a dub of a film makes some hundreds


class ChangeLog:
    """Ring buffer of events. Threads share it."""

    def __init__(self, size: int = MAX_EVENTS) -> None:
        self._changed = threading.Condition()
        self._events: deque[RecordedEvent] = deque(maxlen=size)
        self._newest = time.time_ns() // 1_000  # below 2**53: JavaScript counts so far
        self._oldest = self._newest

    def append(self, events: Sequence[TaskEvent]) -> None:
        """Record the events of a commit, and wake the waiters."""
        if not events:
            return
        at = datetime.now(UTC).replace(tzinfo=None)
        with self._changed:
            for event in events:
                if len(self._events) == self._events.maxlen:
                    self._oldest = self._events[0].id
                self._newest += 1
                self._events.append(RecordedEvent(self._newest, at, event))
            self._changed.notify_all()

    def wait(self, after: int, timeout_s: float) -> EventBatch:
        """Return the events after an id. Blocks while there are none, for `timeout_s` at most."""
        with self._changed:
            self._changed.wait_for(lambda: after != self._newest, timeout_s)
            batch = EventBatch(self._oldest, self._newest, tuple(self._events))
        if not batch.follows(after):
            return batch
        return EventBatch(batch.oldest, batch.newest, tuple(each for each in batch.events if each.id > after))
