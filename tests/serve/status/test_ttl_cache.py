"""Answers that are kept: asked for as rarely as said, by one thread at a time."""

import asyncio
import threading
from dataclasses import dataclass, field

import pytest

from serve.status.ttl_cache import AsyncTtlCache, TtlCache


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Source:
    """Answers with how often it was asked, as soon as it may; or fails."""

    asked: int = 0
    failure: Exception | None = None
    may: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may.set()

    def __call__(self) -> int:
        self.asked += 1
        self.begun.set()
        assert self.may.wait(20)
        if self.failure:
            raise self.failure
        return self.asked


def test_an_answer_is_kept_as_long_as_it_is_fresh() -> None:
    source, clock = Source(), Clock()
    kept = TtlCache(source, 5.0, clock)
    assert [kept(), kept()] == [1, 1]
    clock.now = 5.0
    assert kept() == 1
    clock.now = 5.1
    assert [kept(), kept()] == [2, 2]


def test_an_error_is_raised_and_the_next_one_asks_again() -> None:
    source, clock = Source(failure=ValueError("not now")), Clock()
    kept = TtlCache(source, 5.0, clock)
    with pytest.raises(ValueError, match="not now"):
        kept()
    source.failure = None
    assert kept() == 2


def test_while_one_asks_the_others_get_the_last_answer() -> None:
    source, clock = Source(), Clock()
    kept = TtlCache(source, 5.0, clock)
    assert kept() == 1
    clock.now = 6.0
    source.may.clear()
    source.begun.clear()
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(kept()))
    asking.start()
    assert source.begun.wait(20)
    assert kept() == 1
    source.may.set()
    asking.join(20)
    assert (answers, kept(), source.asked) == ([2], 2, 2)


def test_all_who_ask_first_get_the_answer_to_one_question() -> None:
    source, clock = Source(), Clock()
    source.may.clear()
    kept = TtlCache(source, 5.0, clock)
    answers: list[int] = []
    asking = [threading.Thread(target=lambda: answers.append(kept())) for _ in range(8)]
    for thread in asking:
        thread.start()
    assert source.begun.wait(20)
    source.may.set()
    for thread in asking:
        thread.join(20)
    assert (answers, source.asked) == ([1] * 8, 1)


def test_who_meets_a_question_under_way_waits_only_where_the_last_answer_is_too_old() -> None:
    source, clock = Source(), Clock()
    kept = TtlCache(source, 1.0, clock, max_age_s=3.0)
    assert kept() == 1
    for now, meanwhile in ((2.0, 1), (9.0, 3)):
        clock.now = now
        source.may.clear()
        source.begun.clear()
        asking = threading.Thread(target=kept)
        asking.start()
        assert source.begun.wait(20)
        answers: list[int] = []
        other = threading.Thread(target=lambda found=answers: found.append(kept()))
        other.start()
        if meanwhile == 1:
            other.join(20)
            assert answers == [1]
        source.may.set()
        asking.join(20)
        other.join(20)
        assert answers == [meanwhile]


def test_a_refresh_in_the_background_keeps_nobody_waiting_and_its_error_frees_the_cache() -> None:
    source, clock, begun = Source(), Clock(), []
    cache = TtlCache(source, 1.0, clock, max_age_s=3.0, start=begun.append)
    assert cache() == 1
    clock.now, source.failure = 2.0, ValueError("not now")
    assert [cache(), cache()] == [1, 1]
    (refresh,) = begun
    with pytest.raises(ValueError, match="not now"):
        refresh()
    source.failure, clock.now = None, 3.5
    assert cache() == 3, "too old: computed by the caller"


def test_concurrent_requests_of_an_event_loop_share_one_computation_and_errors_are_not_kept() -> None:
    now, computed = [0.0], []

    async def compute() -> int:
        computed.append(now[0])
        await asyncio.sleep(0)
        if len(computed) == 1:
            raise ValueError("the store is away")
        return len(computed)

    async def ask() -> None:
        cache = AsyncTtlCache(compute, 0.25, lambda: now[0])
        first = await asyncio.gather(*(cache.get() for _ in range(4)), return_exceptions=True)
        assert [type(each) for each in first] == [ValueError] * 4
        assert await asyncio.gather(*(cache.get() for _ in range(4))) == [2] * 4
        now[0] = 0.25
        assert await cache.get() == 2
        now[0] = 0.26
        assert await cache.get() == 3 and len(computed) == 3

    asyncio.run(ask())
