"""Calls in flight to engines: counted and cancelled in the process that makes them."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class PendingResponse(Protocol):
    """Response of a call, which may not have come yet."""

    def cancel(self) -> None:
        """Cancel the call: its waiting thread gets an error."""
        ...


class InflightCalls:
    """Calls in flight of this process, by the engine's deployment. Threads share it."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._pending: set[PendingResponse] = set()
        self._lock = threading.Lock()

    @contextmanager
    def count(self, deployment: str) -> Iterator[None]:
        """Count one call, from its beginning to its answer or error."""
        self._add(deployment, 1)
        try:
            yield
        finally:
            self._add(deployment, -1)

    @contextmanager
    def track_response(self, response: PendingResponse) -> Iterator[None]:
        """Register a response that is waited for: `cancel_all` cancels it."""
        with self._lock:
            self._pending.add(response)
        try:
            yield
        finally:
            with self._lock:
                self._pending.discard(response)

    def cancel_all(self) -> None:
        """Cancel every call in flight: each waiting thread gets an error at once."""
        with self._lock:
            pending = tuple(self._pending)
        for response in pending:
            response.cancel()

    def count_by_deployment(self) -> dict[str, int]:
        """Calls in flight by deployment; one without calls is left out."""
        with self._lock:
            return {name: count for name, count in self._calls.items() if count}

    def _add(self, deployment: str, calls: int) -> None:
        with self._lock:
            self._calls[deployment] += calls
