"""Leader election by leases: of several processes of the service one at a time does a duty, such as sending notifications.

A leader renews its lease; where it died, another process gets the duty after `LEADER_LEASE_S`. The leases are in memory: after a
restart of the store's process the first to ask is the leader.
"""

import threading
import time
from collections.abc import Callable

LEADER_LEASE_S = 30.0
SCRUB_DUTY = "artifact-scrub"
NOTIFICATIONS_DUTY = "notifications"


class LeaderLeases:
    """The leader of each duty, and until when it is one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._leaders: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def acquire(self, duty: str, process: str) -> bool:
        """Make a process the leader of a duty, or renew its lease; False where another process is the leader."""
        with self._lock:
            leader, until = self._leaders.get(duty, (process, 0.0))
            if leader != process and self._clock() < until:
                return False
            self._leaders[duty] = (process, self._clock() + LEADER_LEASE_S)
            return True
