"""Compute usage of pieces of work: CPU-seconds of this process and its ended child processes, GPU-seconds of its share of a GPU.

Where several pieces of work are at hand in one process, what it uses meanwhile is divided among them in equal parts: their
sum is exact. A server that an engine asks (a language model's) is another process, and is not counted.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ComputeUsage:
    """CPU-seconds, and seconds in which work held a GPU, times the share of it."""

    cpu_seconds: float = 0.0
    gpu_seconds: float = 0.0

    def __add__(self, other: "ComputeUsage") -> "ComputeUsage":
        return ComputeUsage(self.cpu_seconds + other.cpu_seconds, self.gpu_seconds + other.gpu_seconds)


@dataclass(frozen=True, slots=True)
class Measured(Generic[T]):
    """A value with what its computation used."""

    value: T
    usage: ComputeUsage


class UsageCount:
    """Sum of usages. Threads share it."""

    def __init__(self) -> None:
        self._total = ComputeUsage()
        self._adding = threading.Lock()

    @property
    def total(self) -> ComputeUsage:
        """The sum so far."""
        return self._total

    def add(self, usage: ComputeUsage) -> None:
        """Add a usage."""
        with self._adding:
            self._total += usage


def read_clocks() -> ComputeUsage:
    """The process's clocks: CPU-seconds of it and of its ended children, and seconds of wall time as of one GPU."""
    times = os.times()
    return ComputeUsage(times.user + times.system + times.children_user + times.children_system, time.monotonic())


class UsageMeter:
    """Meter of this process's usage, divided among the pieces of work at hand. `gpus`: share of a GPU that the process holds."""

    def __init__(self, gpus: float = 0.0, *, clocks: Callable[[], ComputeUsage] = read_clocks) -> None:
        self._gpus, self._clocks = gpus, clocks
        self._at_hand: list[UsageCount] = []
        self._settling = threading.Lock()
        self._last = clocks()

    @contextmanager
    def measure(self) -> Iterator[UsageCount]:
        """Measure the block as one piece of work; its count is complete at the block's end."""
        count = UsageCount()
        token = _measured.set((self, count))
        self._begin(count)
        try:
            yield count
        finally:
            self._end(count)
            _measured.reset(token)

    @contextmanager
    def suspend(self, count: UsageCount) -> Iterator[None]:
        """A block in which a piece of work waits, and uses nothing of this process."""
        self._end(count)
        try:
            yield
        finally:
            self._begin(count)

    def _begin(self, count: UsageCount) -> None:
        with self._settling:
            self._settle()
            self._at_hand.append(count)

    def _end(self, count: UsageCount) -> None:
        with self._settling:
            self._settle()
            self._at_hand.remove(count)

    def _settle(self) -> None:
        """Divide what was used since the last time."""
        now, last = self._clocks(), self._last
        self._last = now
        parts = len(self._at_hand)
        for count in self._at_hand:
            cpu_seconds = (now.cpu_seconds - last.cpu_seconds) / parts
            count.add(ComputeUsage(cpu_seconds, self._gpus * (now.gpu_seconds - last.gpu_seconds) / parts))


PROCESS_METER = UsageMeter()  # of the work that is done in this process by itself
_measured: ContextVar[tuple[UsageMeter, UsageCount] | None] = ContextVar("measured", default=None)


@contextmanager
def wait_for_other_process() -> Iterator[Callable[[ComputeUsage], None]]:
    """A block in which the present piece of work waits for another process. Yields the function that adds what was used there."""
    measured = _measured.get()
    if measured is None:
        yield lambda usage: None
        return
    meter, count = measured
    with meter.suspend(count):
        yield count.add
