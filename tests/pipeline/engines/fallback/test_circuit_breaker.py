"""Circuit breaker: a failed engine is left alone for a while."""

import pytest

from pipeline.engines.fallback.circuit_breaker import CircuitBreaker
from pipeline.errors import EngineError, EngineLost


class Engine:
    def __init__(self, error: EngineError | None) -> None:
        self.error, self.calls = error, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.error:
            raise self.error
        return "answer"


def test_a_failed_engine_is_called_again_after_the_cooldown_only() -> None:
    now, engine = [0.0], Engine(EngineError("llm", "not there"))
    breaker = CircuitBreaker(cooldown=30.0, clock=lambda: now[0])
    for _ in range(3):
        with pytest.raises(EngineError, match="llm: not there"):
            breaker.call("llm", engine)
    assert engine.calls == 1 and breaker.call("other", Engine(None)) == "answer"
    now[0], engine.error = 30.0, None
    assert breaker.call("llm", engine) == "answer"


def test_a_lost_device_opens_no_circuit() -> None:
    engine = Engine(EngineLost("llm", "its card is gone"))
    breaker = CircuitBreaker(cooldown=30.0, clock=lambda: 0.0)
    for _ in range(2):
        with pytest.raises(EngineLost):
            breaker.call("llm", engine)
    assert engine.calls == 2
