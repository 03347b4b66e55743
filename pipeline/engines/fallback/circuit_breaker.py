"""Circuit breaker: an engine that failed is not called again for a while, and its last error is raised instead.

Without it, the retries of a server that is down would be waited for at each passage.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from pipeline.errors import EngineError, EngineLost

T = TypeVar("T")

COOLDOWN_S = 30.0  # an engine that failed is left alone for so long


class CircuitBreaker:
    """Open circuits by engine name. `cooldown`: seconds for which a circuit stays open. `clock`: seconds, monotonic."""

    def __init__(self, *, cooldown: float = COOLDOWN_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._cooldown, self._clock = cooldown, clock
        self._failures: dict[str, tuple[float, EngineError]] = {}  # name → end of the cooldown, and the error
        self._writing = threading.Lock()

    def call(self, name: str, question: Callable[[], T]) -> T:
        """The answer to the question. While the circuit is open, the same EngineError again without a call.

        EngineLost opens no circuit: another replica may answer.
        """
        until, error = self._failures.get(name, (0.0, None))
        if error is not None and self._clock() < until:
            raise EngineError(*error.args)
        try:
            return question()
        except EngineLost:
            raise
        except EngineError as problem:
            with self._writing:
                self._failures[name] = (self._clock() + self._cooldown, problem)
            raise
