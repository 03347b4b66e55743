"""LRU cache: the last few answers to costly questions, in memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """LRU cache of at most `room` answers; the least recently used is evicted. Threads that ask the same have it computed once.

    One question is worked on at a time: what asks here waits for one device anyway. A failure is not kept.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._answers: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The answer kept under `key`, made where there is none."""
        with self._lock:
            if key not in self._answers:
                self._answers[key] = make()
            self._answers.move_to_end(key)
            while len(self._answers) > self._room:
                self._answers.popitem(last=False)
            return self._answers[key]
