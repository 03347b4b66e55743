"""LRU cache: the last few answers to costly questions, in memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """LRU cache of at most `max_entries` answers; the least recently used is evicted. Concurrent misses of a key compute it once.

    One answer is computed at a time: the callers wait for one device anyway. An exception is not cached.
    """

    def __init__(self, max_entries: int) -> None:
        self._max_entries = max_entries
        self._answers: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The cached answer of `key`, computed by `make` on a miss."""
        with self._lock:
            if key not in self._answers:
                self._answers[key] = make()
            self._answers.move_to_end(key)
            while len(self._answers) > self._max_entries:
                self._answers.popitem(last=False)
            return self._answers[key]
