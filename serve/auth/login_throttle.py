"""Throttling of password guesses by client address, with exponential backoff and bounded memory.

After a few wrong passwords an address has to wait between guesses, longer with each. While it waits nothing is compared, the right
password neither: an answer would tell which one it is. Other addresses never wait for it. The same wrong password again is no new
guess and costs nothing, so that a program with an old password does not lock out others at its address. API keys and sessions are
random tokens of 256 bits, which nobody guesses: they are not throttled.
"""

import asyncio
import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum

FREE_FAILURES = 5  # without a wait: people mistype
FIRST_DELAY_S = 0.5  # after the next one; it doubles with each
MAX_DELAY_S = 8.0
FORGET_AFTER_S = 900.0  # since an address's last wrong password
MAX_ADDRESSES = 1_024  # remembered; the one whose last wrong password is oldest makes room
MAX_WAITING = 4  # guesses of one address at a time; others are refused at once
IPV6_NETWORK_BITS = 64  # one client commonly has all addresses of one


class Verdict(Enum):
    """Outcome of a guess. BUSY: it was not looked at."""

    RIGHT = "right"
    WRONG = "wrong"
    BUSY = "busy"


@dataclass(slots=True)
class _Guesses:
    """Wrong guesses of one address. `blocked_until`, `failed_at`: monotonic seconds; `last`: keyed digest of the last one."""

    failures: int = 0
    blocked_until: float = 0.0
    failed_at: float = 0.0
    last: bytes = b""
    waiting: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class LoginThrottle:
    """Throttle of password guesses, for one process and event loop."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._by_address: OrderedDict[str, _Guesses] = OrderedDict()  # the last wrong guess last
        self._salt = secrets.token_bytes(16)  # a wrong password is often nearly a right one: it is not kept in memory

    async def check(self, address: str, guess: bytes, is_right: Callable[[bytes], bool]) -> Verdict:
        """Check a guess of an address, one at a time, after the delay that its wrong ones cost."""
        address = group_address(address)
        guesses = self._by_address.setdefault(address, _Guesses())
        digest = hmac.digest(self._salt, guess, hashlib.sha256)
        if hmac.compare_digest(digest, guesses.last):
            return Verdict.WRONG
        if guesses.waiting >= MAX_WAITING:
            return Verdict.BUSY
        guesses.waiting += 1
        try:
            async with guesses.lock:
                if (delay := guesses.blocked_until - self._clock()) > 0:
                    await self._sleep(delay)
                if is_right(guess):
                    return Verdict.RIGHT
                self._record(address, guesses, digest)
                return Verdict.WRONG
        finally:
            guesses.waiting -= 1
            if not guesses.failures and not guesses.waiting and self._by_address.get(address) is guesses:
                del self._by_address[address]

    def _record(self, address: str, guesses: _Guesses, digest: bytes) -> None:
        now = self._clock()
        if now - guesses.failed_at > FORGET_AFTER_S:
            guesses.failures = 0
        guesses.failures, guesses.failed_at, guesses.last = guesses.failures + 1, now, digest
        guesses.blocked_until = now + compute_delay_s(guesses.failures)
        self._by_address[address] = guesses
        self._by_address.move_to_end(address)
        while len(self._by_address) > MAX_ADDRESSES:
            self._by_address.popitem(last=False)


def compute_delay_s(failures: int) -> float:
    """Delay before the next guess, in seconds, after this many wrong ones."""
    beyond = failures - FREE_FAILURES
    return 0.0 if beyond < 1 else min(MAX_DELAY_S, FIRST_DELAY_S * 2.0 ** min(beyond - 1, 10))


def group_address(address: str) -> str:
    """The address, or the /64 network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False))
    return address
