"""Answers kept in memory."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.engines.speakers.lru_cache import LruCache


def test_threads_that_ask_the_same_have_it_computed_once() -> None:
    made: list[int] = []
    together = threading.Barrier(8)
    recent: LruCache[str, object] = LruCache(2)

    def make() -> object:
        made.append(1)
        time.sleep(0.02)
        return object()

    def ask(_: int) -> object:
        together.wait()
        return recent.get("same", make)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))
    assert len(made) == len(answers) == 1


def test_the_least_recently_asked_is_forgotten_first() -> None:
    recent: LruCache[str, int] = LruCache(2)
    for key in ("a", "b", "a", "c"):
        recent.get(key, lambda: 1)
    assert recent.get("a", lambda: 2) == 1
    assert recent.get("b", lambda: 2) == 2


def test_a_failure_is_not_kept() -> None:
    recent: LruCache[str, int] = LruCache(2)
    with pytest.raises(ZeroDivisionError):
        recent.get("a", lambda: 1 // 0)
    assert recent.get("a", lambda: 3) == 3
