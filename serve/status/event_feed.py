"""Event feed of one process: follows the store's change log by one long poll for all streams, while there are any.

Streams have no queues: each keeps the id of its last event, and reads on in the feed's ring buffer. One that is too slow, or comes
back with an id that is too old, is told that events were lost (`FeedBatch.is_reset`).
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from pipeline.errors import StoreError
from pipeline.store.database.change_log import MAX_EVENTS
from pipeline.values.monitoring.task_events import EventBatch, RecordedEvent
from serve.metrics.process_metrics import STREAM_RESETS, STREAMS
from serve.request_errors import Busy

log = logging.getLogger(__name__)

MAX_STREAMS = 256  # of one process
LONG_POLL_S = 2.0  # also the delay until a feed notices that its server is about to stop
MIN_POLL_INTERVAL_S = 0.02  # events within it come as one batch: a commit of many tasks costs one call
RETRY_INTERVAL_S = 0.5  # while the store is away
FIRST_BATCH_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class FeedBatch:
    """Events for one stream, and the id to read on from. `is_reset`: events between were lost, `events` is empty."""

    cursor: int
    events: tuple[RecordedEvent, ...] = ()
    is_reset: bool = False


class FeedClosed(Exception):
    """The server stops: streams end, and their clients connect again."""


class EventFeed:
    """Feed of events for the streams of one event loop. `wait`: the store's long poll. `is_draining`: True once the server stops."""

    def __init__(
        self,
        wait: Callable[[int, float], EventBatch],
        *,
        is_draining: Callable[[], bool] = lambda: False,
        max_streams: int = MAX_STREAMS,
        size: int = MAX_EVENTS,
    ) -> None:
        self._wait, self._is_draining, self._max_streams = wait, is_draining, max_streams
        self._events: deque[RecordedEvent] = deque(maxlen=size)
        self._oldest = self._newest = 0  # ids; 0 before the first batch
        self._changed = asyncio.Event()  # replaced at every change
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="events")  # one more, for a poll that was left alone
        self._follower: asyncio.Task[None] | None = None
        self._streams = self._readers = 0
        self._is_closed = False
        self.is_live = False  # True while the store answers

    @asynccontextmanager
    async def open_stream(self) -> AsyncIterator[None]:
        """Keep the feed running for a client's stream, for as long as the block. Busy where there are too many."""
        if self._streams >= self._max_streams:
            raise Busy(f"there are {self._max_streams} event streams already; close one, or try again later")
        self._streams += 1
        STREAMS.inc()
        try:
            async with self.follow():
                yield
        finally:
            self._streams -= 1
            STREAMS.dec()

    @asynccontextmanager
    async def follow(self) -> AsyncIterator[None]:
        """Keep the feed running for as long as the block. StoreError where the store does not answer at first."""
        self._readers += 1
        try:
            if self._follower is None or self._follower.done():
                self._is_closed, self._newest = False, 0  # what happened meanwhile is read again
                self._follower = asyncio.create_task(self._run())
            if not self._newest:
                await self._wait_for_first_batch()
            yield
        finally:
            self._readers -= 1
            if not self._readers and self._follower is not None:
                self._follower.cancel()
                self._follower, self.is_live = None, False

    @property
    def newest(self) -> int:
        """Id of the last event."""
        return self._newest

    async def read(self, after: int, timeout_s: float) -> FeedBatch:
        """The events after an id, once there are any; none after `timeout_s`. FeedClosed."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while after == self._newest and not self._is_closed:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._changed.wait()
            except TimeoutError:
                break
        if self._is_closed:
            raise FeedClosed
        if not self._oldest <= after <= self._newest:
            STREAM_RESETS.inc()
            return FeedBatch(self._newest, is_reset=True)
        return FeedBatch(self._newest, tuple(each for each in self._events if each.id > after))

    async def watch(self) -> AsyncIterator[None]:
        """One item for each batch of changes, and one where events were lost. Ends once the server stops."""
        async with self.follow():
            with suppress(FeedClosed):
                async for _ in self._read_batches():
                    yield

    async def _read_batches(self) -> AsyncIterator[None]:
        cursor = self._newest
        while True:
            batch = await self.read(cursor, LONG_POLL_S)
            if batch.cursor != cursor:
                cursor = batch.cursor
                yield

    async def _wait_for_first_batch(self) -> None:
        try:
            async with asyncio.timeout(FIRST_BATCH_TIMEOUT_S):
                while not self._newest:
                    await self._changed.wait()
        except TimeoutError:
            raise StoreError("the store does not answer; try again") from None

    async def _run(self) -> None:
        """Follow the store until the task is cancelled, or the server stops."""
        while not self._is_closed:
            try:
                wait = asyncio.get_running_loop().run_in_executor(self._threads, self._wait, self._newest, LONG_POLL_S)
                self._add(await wait)
                self.is_live = True
                await asyncio.sleep(MIN_POLL_INTERVAL_S)
            except StoreError as error:
                log.debug("events: %s", error)
                self.is_live = False
                await asyncio.sleep(RETRY_INTERVAL_S)
            self._is_closed = self._is_draining()
        self._notify()

    def _add(self, batch: EventBatch) -> None:
        """Add a batch to the ring buffer, in place of it where events between were lost."""
        if batch.newest == self._newest:
            return
        if not (self._newest and batch.follows(self._newest)):
            self._events.clear()
            self._oldest = batch.oldest
        for event in batch.events:
            if len(self._events) == self._events.maxlen:
                self._oldest = self._events[0].id
            self._events.append(event)
        self._newest = batch.newest
        self._notify()

    def _notify(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
