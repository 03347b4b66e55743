"""Worker heartbeats: calls in flight to engines as each worker last reported them, summed over the workers that live."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

HEARTBEAT_TIMEOUT_S = 6.0  # without a heartbeat, after which a worker counts as dead; it sends one every second
NO_CALLS: Mapping[str, int] = MappingProxyType({})


class InflightTotals:
    """Sums of the workers' last reports of calls in flight. Silent workers are forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # worker → time and calls of its last report; replaced whole, so that readers need no lock
        self._reports: dict[str, tuple[float, Mapping[str, int]]] = {}
        self._lock = threading.Lock()

    def record(self, worker: str, calls: Mapping[str, int]) -> None:
        """Record a worker's report. `calls`: calls in flight by deployment."""
        with self._lock:
            fresh = {name: report for name, report in self._reports.items() if self._is_fresh(report[0])}
            self._reports = fresh | {worker: (self._clock(), dict(calls))}

    def sum_by_deployment(self) -> dict[str, int]:
        """Calls in flight by deployment, of all workers together."""
        sums: Counter[str] = Counter()
        for at, calls in self._reports.values():
            if self._is_fresh(at):
                sums.update(calls)
        return dict(sums)

    def count_workers(self) -> int:
        """Number of workers that live."""
        return sum(self._is_fresh(at) for worker, (at, _) in self._reports.items() if worker)

    def _is_fresh(self, at: float) -> bool:
        return self._clock() - at < HEARTBEAT_TIMEOUT_S
