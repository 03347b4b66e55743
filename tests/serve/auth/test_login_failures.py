"""Failed logins in the log: told once, counted, bounded, and without what a client could write into it."""

import pytest

from serve.auth import login_failures
from serve.auth.login_failures import LoginFailures, find_client_address


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_an_address_is_told_at_once_then_by_its_number(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    failures = LoginFailures(clock)
    for _ in range(99):
        failures.record("192.0.2.1")
    assert caplog.messages == [
        "wrong user or password from 192.0.2.1",
        "wrong user or password from 192.0.2.1: 9 times in the last 0 s",
    ]
    clock.now += login_failures.LOG_INTERVAL_S + 1
    failures.record("192.0.2.1")
    assert caplog.messages[-1] == "wrong user or password from 192.0.2.1: 90 times in the last 61 s"


def test_many_addresses_fill_neither_log_nor_memory(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    failures = LoginFailures(clock)
    for number in range(10_000):
        failures.record(f"2001:db8::{number:x}")
    assert len(caplog.messages) <= login_failures.MAX_ADDRESSES + 6
    assert any(login_failures.OTHER_ADDRESSES in message for message in caplog.messages)
    clock.now += 2 * login_failures.LOG_INTERVAL_S
    failures.record("192.0.2.1")
    assert caplog.messages[-1] == "wrong user or password from 192.0.2.1"


@pytest.mark.parametrize(
    ("forwarded", "peer", "told"),
    [
        ("192.0.2.1", ("127.0.0.1", 1), "192.0.2.1"),
        ("203.0.113.9, 192.0.2.1", None, "192.0.2.1"),
        (None, ("192.0.2.7", 1), "192.0.2.7"),
        ("192.0.2.1\r\nERROR all is lost", ("192.0.2.7", 1), "192.0.2.7"),
        ("fe80::1%\x1b[31mred", None, "fe80::1"),
        ("evil.example", None, "an unknown address"),
    ],
)
def test_only_an_ip_address_is_written(forwarded: str | None, peer: tuple[str, int] | None, told: str) -> None:
    assert find_client_address({"client": peer}, {"x-forwarded-for": forwarded} if forwarded else {}) == told
