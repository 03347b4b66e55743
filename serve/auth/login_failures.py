"""Failed logins in the log, by client address and rate-limited. The password is never logged."""

import ipaddress
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from serve.metrics.process_metrics import LOGIN_FAILURES

log = logging.getLogger(__name__)

LOG_INTERVAL_S = 60.0  # between two lines about one address
MAX_ADDRESSES = 256  # remembered at a time, each with a line per interval: what comes from others is counted in one line
OTHER_ADDRESSES = "other addresses"
POWERS_OF_TEN = frozenset(10**power for power in range(1, 16))


@dataclass(slots=True)
class _Failures:
    """The failures of one address, in all and since its last line in the log. `logged_at`: when that was."""

    logged_at: float
    total: int = 1
    unlogged: int = 0


class LoginFailures:
    """Writes a warning for an address's first failed login, its 10th, 100th and so on, and else at most one a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_address: dict[str, _Failures] = {}

    def record(self, address: str, credential: str = "user or password") -> None:
        """Record a failed login. `credential`: the kind that was wrong."""
        LOGIN_FAILURES.inc()
        now = self._clock()
        self._forget_old(now)
        if address not in self._by_address and len(self._by_address) >= MAX_ADDRESSES:
            address = OTHER_ADDRESSES
        failures = self._by_address.get(address)
        if failures is None:
            self._by_address[address] = _Failures(now)
            log.warning("wrong %s from %s", credential, address)
            return
        failures.total += 1
        failures.unlogged += 1
        if now - failures.logged_at >= LOG_INTERVAL_S or failures.total in POWERS_OF_TEN:
            seconds = now - failures.logged_at
            log.warning("wrong %s from %s: %d times in the last %.0f s", credential, address, failures.unlogged, seconds)
            failures.logged_at, failures.unlogged = now, 0

    def _forget_old(self, now: float) -> None:
        """Evict addresses without a failure for two intervals."""
        if len(self._by_address) >= MAX_ADDRESSES:
            recent = {key: each for key, each in self._by_address.items() if now - each.logged_at < 2 * LOG_INTERVAL_S}
            self._by_address = recent


def find_client_address(scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """Find the client's IP address: HAProxy's X-Forwarded-For, else the peer's; "an unknown address" where neither is one.

    HAProxy replaces whatever X-Forwarded-For a client sends, and is the only one that reaches our server (`serve.runtime.unix_sockets`).
    """
    peer = (scope.get("client") or ("",))[0]
    for claimed in (headers.get("x-forwarded-for", "").rpartition(",")[2].strip(), peer):
        try:
            return str(ipaddress.ip_address(claimed)).partition("%")[0]  # without a scope, which may be any text
        except ValueError:
            continue
    return "an unknown address"
