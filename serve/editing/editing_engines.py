"""Engines for lines while they are edited, with limits of their own: a running dub goes first."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pipeline.engines.protocols import Engines, Synthesizer
from pipeline.values.tasks import Task
from serve.request_errors import Busy

ESTIMATE_LIMIT_S = 1.5  # of one question to the synthesizer, and of all those of a request
TAKE_LIMIT_S = 60.0  # of one synthesis, the waiting behind lines of a running dub included
MAX_CONCURRENT_ESTIMATES = 1
MAX_CONCURRENT_TAKES = 1


@dataclass(frozen=True, slots=True)
class EditingEngines:
    """Engines as the editor of a script uses them. `estimator`: the synthesizer, whose calls end after `ESTIMATE_LIMIT_S`;
    `engines`: with calls that end after `TAKE_LIMIT_S`; `choose`: those of a rule, by pairs of role and engine. Threads share it.
    """

    estimator: Synthesizer
    engines: Engines
    choose: Callable[[Sequence[tuple[str, str]]], "EditingEngines"] | None = None
    _estimates: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MAX_CONCURRENT_ESTIMATES))
    _takes: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MAX_CONCURRENT_TAKES))

    def choose_for(self, task: Task) -> "EditingEngines":
        """The engines that the rule of a task chose; these, where it chose none. They share the limits."""
        pairs = task.preferences.engines
        if not pairs or self.choose is None:
            return self
        chosen = self.choose(pairs)
        return replace(self, estimator=chosen.estimator, engines=chosen.engines)

    @contextmanager
    def reserve_estimate(self) -> Iterator[bool]:
        """True for as long as the block where the synthesizer may be asked; False where another request asks it."""
        free = self._estimates.acquire(timeout=ESTIMATE_LIMIT_S / 3)
        try:
            yield free
        finally:
            if free:
                self._estimates.release()

    @contextmanager
    def reserve_takes(self) -> Iterator[None]:
        """Slot for making takes, for as long as the block. Busy where others are being made."""
        if not self._takes.acquire(blocking=False):
            raise Busy("takes of another line are being made; try again in a moment")
        try:
            yield
        finally:
            self._takes.release()
