"""The calls that wait for an engine's answer: counted and ended where they are made, summed where every worker tells."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Protocol

SILENT = 6.0  # s without a sign of life after which a worker counts as dead; it gives one every 2 s
NO_CALLS: Mapping[str, int] = MappingProxyType({})


class Answer(Protocol):
    """What a call will be answered with."""

    def cancel(self) -> None:
        """Wait for it no longer."""
        ...


class Traffic:
    """Calls that this process has under way, by the engine's deployment. Threads share it."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._open: set[Answer] = set()
        self._lock = threading.Lock()

    @contextmanager
    def call(self, deployment: str) -> Iterator[None]:
        """One call, from its beginning to its answer or error."""
        self._add(deployment, 1)
        try:
            yield
        finally:
            self._add(deployment, -1)

    @contextmanager
    def awaited(self, answer: Answer) -> Iterator[None]:
        """An answer that is waited for: `end_all` cancels it."""
        with self._lock:
            self._open.add(answer)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(answer)

    def end_all(self) -> None:
        """Cancel every call under way: whoever waits for one gets an error at once."""
        with self._lock:
            answers = tuple(self._open)
        for answer in answers:
            answer.cancel()

    def under_way(self) -> dict[str, int]:
        """Deployment → calls without an answer yet; one without calls is not there."""
        with self._lock:
            return {name: count for name, count in self._calls.items() if count}

    def _add(self, deployment: str, calls: int) -> None:
        with self._lock:
            self._calls[deployment] += calls


class Tally:
    """What the workers told last of their calls. Who is silent is forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[
            str, tuple[float, Mapping[str, int]]
        ] = {}  # worker → when, and what; replaced whole, so that readers need no lock
        self._lock = threading.Lock()

    def tell(self, worker: str, calls: Mapping[str, int]) -> None:
        """A worker has these calls under way: deployment → how many."""
        with self._lock:
            fresh = {name: told for name, told in self._told.items() if self._is_fresh(told[0])}
            self._told = fresh | {worker: (self._clock(), dict(calls))}

    def under_way(self) -> dict[str, int]:
        """Deployment → calls without an answer yet, of all workers together."""
        sums: Counter[str] = Counter()
        for at, calls in self._told.values():
            if self._is_fresh(at):
                sums.update(calls)
        return dict(sums)

    def _is_fresh(self, at: float) -> bool:
        return self._clock() - at < SILENT
