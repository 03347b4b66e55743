"""Guesses of passwords: slower with each, by address, in bounded memory, and never at another address's cost."""

import asyncio

import pytest

from serve.auth.login_throttle import (
    FREE_FAILURES,
    MAX_ADDRESSES,
    MAX_DELAY_S,
    MAX_WAITING,
    LoginThrottle,
    Verdict,
    compute_delay_s,
    group_address,
)

RIGHT = b"dubarr:right"


class Clock:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.now += seconds


def make_throttle() -> tuple[LoginThrottle, Clock]:
    clock = Clock()
    return LoginThrottle(clock, clock.sleep), clock


async def guess(throttle: LoginThrottle, address: str, *guesses: bytes) -> list[Verdict]:
    return [await throttle.check(address, each, lambda given: given == RIGHT) for each in guesses]


def many(count: int, start: int = 0) -> list[bytes]:
    return [f"dubarr:{number}".encode() for number in range(start, start + count)]


def test_wrong_passwords_cost_more_and_more_up_to_a_bound() -> None:
    async def run() -> None:
        throttle, clock = make_throttle()
        assert set(await guess(throttle, "192.0.2.1", *many(FREE_FAILURES + 1))) == {Verdict.WRONG}
        assert clock.slept == [], "people mistype"
        await guess(throttle, "192.0.2.1", *many(7, start=50))
        assert clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]

    asyncio.run(run())
    assert compute_delay_s(10_000) == MAX_DELAY_S


def test_another_address_never_waits_and_the_right_password_comes_through_at_its_turn() -> None:
    async def run() -> None:
        throttle, clock = make_throttle()
        await guess(throttle, "192.0.2.1", *many(12))
        waits = len(clock.slept)
        assert await guess(throttle, "192.0.2.2", RIGHT) == [Verdict.RIGHT]
        assert len(clock.slept) == waits
        assert await guess(throttle, "192.0.2.1", RIGHT) == [Verdict.RIGHT]
        assert clock.slept[waits:] == [MAX_DELAY_S], "an answer at once would tell that it is the right one"
        assert await guess(throttle, "192.0.2.1", RIGHT, RIGHT) == [Verdict.RIGHT] * 2
        assert len(clock.slept) == waits + 1

    asyncio.run(run())


def test_the_same_wrong_password_again_is_no_new_guess() -> None:
    async def run() -> None:
        throttle, clock = make_throttle()
        assert await guess(throttle, "192.0.2.1", *[b"dubarr:old"] * 100, RIGHT) == [Verdict.WRONG] * 100 + [Verdict.RIGHT]
        assert clock.slept == []

    asyncio.run(run())


def test_parallel_guesses_of_an_address_are_looked_at_one_by_one_and_refused_beyond_a_few() -> None:
    async def run() -> None:
        throttle, clock = make_throttle()
        await guess(throttle, "192.0.2.1", *many(FREE_FAILURES + 1))
        both = await asyncio.gather(*(guess(throttle, "192.0.2.1", each) for each in many(20, start=50)))
        verdicts = [verdict for (verdict,) in both]
        assert verdicts.count(Verdict.WRONG) == MAX_WAITING
        assert verdicts.count(Verdict.BUSY) == 20 - MAX_WAITING
        assert sum(clock.slept) == 0.5 + 1 + 2 + 4

    asyncio.run(run())


def test_memory_is_bounded_and_right_passwords_leave_nothing_in_it() -> None:
    async def run() -> None:
        throttle, _ = make_throttle()
        for number in range(MAX_ADDRESSES + 50):
            await guess(throttle, f"192.0.{number // 256}.{number % 256}", b"dubarr:wrong")
        assert len(throttle._by_address) == MAX_ADDRESSES
        for number in range(50):
            await guess(throttle, f"198.51.100.{number}", RIGHT)
        assert len(throttle._by_address) == MAX_ADDRESSES

    asyncio.run(run())


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("an unknown address",) * 2,
    ],
)
def test_addresses_of_one_ipv6_network_are_one_client(address: str, group: str) -> None:
    assert group_address(address) == group
