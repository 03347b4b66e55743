"""Calls without an answer: counted where they are made, summed over the workers that live."""

import pytest

from serve.engines.inflight_calls import SILENT, Tally, Traffic


def test_a_call_counts_until_its_answer_or_error() -> None:
    traffic = Traffic()
    with traffic.call("tts"), traffic.call("tts"), traffic.call("llm"):
        assert traffic.under_way() == {"tts": 2, "llm": 1}
    assert traffic.under_way() == {}
    with pytest.raises(ValueError, match="broken"), traffic.call("tts"):
        raise ValueError("broken")
    assert traffic.under_way() == {}


def test_the_calls_of_all_workers_are_summed_and_each_told_last_counts() -> None:
    tally = Tally(lambda: 0.0)
    tally.tell("one", {"tts": 9})
    tally.tell("one", {"tts": 2, "llm": 1})
    tally.tell("other", {"tts": 3})
    assert tally.under_way() == {"tts": 5, "llm": 1}


def test_a_silent_worker_is_forgotten() -> None:
    now = [0.0]
    tally = Tally(lambda: now[0])
    tally.tell("gone", {"tts": 9})
    now[0] = SILENT - 0.1
    tally.tell("here", {"tts": 1})
    assert tally.under_way() == {"tts": 10}
    now[0] = SILENT
    assert tally.under_way() == {"tts": 1}
    tally.tell("here", {})
    assert tally.under_way() == {}
