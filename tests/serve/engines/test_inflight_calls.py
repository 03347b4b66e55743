"""Calls in flight, counted where they are made."""

import pytest

from serve.engines.inflight_calls import InflightCalls


def test_a_call_counts_until_its_answer_or_error() -> None:
    inflight = InflightCalls()
    with inflight.count("tts"), inflight.count("tts"), inflight.count("llm"):
        assert inflight.count_by_deployment() == {"tts": 2, "llm": 1}
    assert inflight.count_by_deployment() == {}
    with pytest.raises(ValueError, match="broken"), inflight.count("tts"):
        raise ValueError("broken")
    assert inflight.count_by_deployment() == {}
