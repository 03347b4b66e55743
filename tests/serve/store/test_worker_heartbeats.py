"""Calls in flight, summed over the workers that live."""

from serve.store.worker_heartbeats import HEARTBEAT_TIMEOUT_S, InflightTotals


def test_the_calls_of_all_workers_are_summed_and_each_told_last_counts() -> None:
    totals = InflightTotals(lambda: 0.0)
    totals.record("one", {"tts": 9})
    totals.record("one", {"tts": 2, "llm": 1})
    totals.record("other", {"tts": 3})
    assert totals.sum_by_deployment() == {"tts": 5, "llm": 1}


def test_a_silent_worker_is_forgotten() -> None:
    now = [0.0]
    totals = InflightTotals(lambda: now[0])
    totals.record("gone", {"tts": 9})
    now[0] = HEARTBEAT_TIMEOUT_S - 0.1
    totals.record("here", {"tts": 1})
    assert totals.sum_by_deployment() == {"tts": 10}
    now[0] = HEARTBEAT_TIMEOUT_S
    assert totals.sum_by_deployment() == {"tts": 1}
    totals.record("here", {})
    assert totals.sum_by_deployment() == {}
