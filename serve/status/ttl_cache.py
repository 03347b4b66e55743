"""TTL caches with single-flight refresh, for threads and for an event loop."""

import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class TtlCache(Generic[T]):
    """TTL cache of one value for threads (stale-while-revalidate): valid for `fresh` seconds. One thread refreshes; the others
    get the stale value meanwhile, unless it is older than `oldest` seconds: then they wait.

    An error is raised to the thread that refreshes, and is not cached.
    """

    def __init__(
        self,
        ask: Callable[[], T],
        fresh: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        oldest: float = math.inf,
    ) -> None:
        self._ask, self._fresh, self._clock, self._oldest = ask, fresh, clock, oldest
        self._asking = threading.Lock()
        self._known: tuple[T, float] | None = None  # the answer, and until when it is fresh

    def __call__(self) -> T:
        """Return the value. Blocks for a refresh of its own, and for another thread's where the value is too old."""
        known = self._known
        if known and self._clock() <= known[1]:
            return known[0]
        too_old = known is None or self._clock() - known[1] > self._oldest - self._fresh
        if not self._asking.acquire(blocking=too_old):
            assert known is not None  # else it would have waited
            return known[0]
        try:
            if self._known is known:  # nobody was faster
                self._known = (self._ask(), self._clock() + self._fresh)
            assert self._known is not None
            return self._known[0]
        finally:
            self._asking.release()
