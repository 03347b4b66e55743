"""Sums of the metrics of all processes, held by the store actor. Standard library alone.

Counters of a process that ended stay in the sum, so that it does not fall when a replica is replaced; gauges of it do not. After a
death of the actor the sums begin with what the living processes report: to Prometheus a reset.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

FRESH_S = 10.0  # after its last report, while a process's gauges count
MAX_PROCESSES = 64  # whose reports are kept apart; the counters of the longest silent ones are added up
CUMULATIVE_SUFFIXES = ("_total", "_bucket", "_sum", "_count")


class Sample(NamedTuple):
    """Name and labels of one sample, and the family that it belongs to."""

    family: str
    name: str
    labels: tuple[tuple[str, str], ...]


Samples = Mapping[Sample, float]


class ProcessSums:
    """Sums of the last reports of processes. Threads share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, max_processes: int = MAX_PROCESSES) -> None:
        self._clock, self._max_processes = clock, max_processes
        self._reports: dict[str, tuple[float, Samples]] = {}  # process → time and samples of its last report, the oldest first
        self._ended: dict[Sample, float] = {}
        self._lock = threading.Lock()

    def record(self, process: str, samples: Samples) -> None:
        """Record a report. `process`: an id that no other process ever has."""
        with self._lock:
            self._reports.pop(process, None)
            self._reports[process] = (self._clock(), samples)
            while len(self._reports) > self._max_processes:
                _, oldest = self._reports.pop(next(iter(self._reports)))
                for sample, value in oldest.items():
                    if _is_cumulative(sample):
                        self._ended[sample] = self._ended.get(sample, 0.0) + value

    def sum(self) -> dict[Sample, float]:
        """Sum the counters of all processes, and the gauges of those that live."""
        with self._lock:
            sums: dict[Sample, float] = dict(self._ended)
            for at, samples in self._reports.values():
                is_fresh = self._clock() - at < FRESH_S
                for sample, value in samples.items():
                    if is_fresh or _is_cumulative(sample):
                        sums[sample] = sums.get(sample, 0.0) + value
            return sums


def _is_cumulative(sample: Sample) -> bool:
    return sample.name.endswith(CUMULATIVE_SUFFIXES)
