"""TTL caches with single-flight refresh, for threads and for an event loop."""

import asyncio
import math
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class TtlCache(Generic[T]):
    """TTL cache of one value for threads (stale-while-revalidate). One thread refreshes; the others get the stale value meanwhile,
    unless it is older than `max_age_s`: then they wait. An error is raised to the thread that refreshes, and is not cached.

    `start`: runs a refresh in the background; with it, callers refresh by themselves only where the value is older than `max_age_s`.
    """

    def __init__(
        self,
        compute: Callable[[], T],
        ttl_s: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        max_age_s: float = math.inf,
        start: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self._compute, self._ttl_s, self._clock, self._max_age_s, self._start = compute, ttl_s, clock, max_age_s, start
        self._refreshing = threading.Lock()  # released by the thread that refreshes
        self._known: tuple[T, float] | None = None  # the value, and until when it is valid

    def __call__(self) -> T:
        """Return the value. Blocks for a refresh of its own, and for another thread's where the value is too old."""
        known = self._known
        if known and self._clock() <= known[1]:
            return known[0]
        too_old = known is None or self._clock() - known[1] > self._max_age_s - self._ttl_s
        if not self._refreshing.acquire(blocking=too_old):
            assert known is not None  # else it would have waited
            return known[0]
        if self._start is None or too_old:
            self._refresh(known)
        else:
            self._refresh_in_background(known, self._start)
        assert self._known is not None  # set by this refresh, or by one before
        return self._known[0]

    def _refresh(self, known: tuple[T, float] | None) -> None:
        """Compute the value, unless another thread did since `known` was read, and release the lock."""
        try:
            if self._known is known:
                until = self._clock() + self._ttl_s  # its age counts from the beginning
                self._known = (self._compute(), until)
        finally:
            self._refreshing.release()

    def _refresh_in_background(self, known: tuple[T, float] | None, start: Callable[[Callable[[], None]], object]) -> None:
        try:
            start(lambda: self._refresh(known))
        except RuntimeError:  # the executor is shut down
            self._refreshing.release()
            raise


class AsyncTtlCache(Generic[T]):
    """TTL cache of one value for an event loop. Concurrent callers share one computation; errors are not cached."""

    def __init__(self, compute: Callable[[], Awaitable[T]], ttl_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._compute, self._ttl_s, self._clock = compute, ttl_s, clock
        self._known: tuple[T, float] | None = None  # the value, and until when it is valid
        self._computing: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Return the value, computed at most `ttl_s` ago. Raises the error of the computation that it waited for."""
        if self._known and self._clock() <= self._known[1]:
            return self._known[0]
        if self._computing is None or self._computing.done():
            self._computing = asyncio.create_task(self._refresh())
            self._computing.add_done_callback(
                lambda task: task.cancelled() or task.exception()
            )  # retrieved, for the case that no caller waits
        return await asyncio.shield(self._computing)

    async def _refresh(self) -> T:
        until = self._clock() + self._ttl_s  # its age counts from the beginning
        value = await self._compute()
        self._known = (value, until)
        return value
