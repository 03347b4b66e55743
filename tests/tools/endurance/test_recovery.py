"""When a service counts as whole again, and how recoveries are told."""

import pytest

from tools.endurance.recovery import RECOVERY_LIMIT_S, Strike, is_resumed, is_well, summarize_recoveries

READY = {"whisper": "READY", "llm": "IDLE", "tts": "READY", "diarization": "OFF"}


@pytest.mark.parametrize(
    ("health", "well"),
    [
        ({"worker_alive": True, "engine_statuses": READY}, True),
        ({"worker_alive": False, "engine_statuses": READY}, False),
        ({"worker_alive": True, "engine_statuses": READY | {"tts": "LOADING"}}, False),
        ({"worker_alive": True, "engine_statuses": READY | {"tts": "ERROR"}}, False),
        (None, False),
    ],
)
def test_a_service_is_well_when_worker_and_engines_are(health, well):
    assert is_well(health) is well


@pytest.mark.parametrize(
    ("now", "on"),
    [
        ({"status": "PROCESSING", "started_at": "10:00"}, False),
        ({"status": "PROCESSING", "started_at": "10:07"}, True),
        ({"status": "QUEUED", "started_at": None}, False),
        ({"status": "DONE", "started_at": "10:00"}, True),
    ],
)
def test_a_film_goes_on_when_somebody_claimed_it_anew_or_it_ended(now, on):
    assert is_resumed({"status": "PROCESSING", "started_at": "10:00"}, now) is on


def test_recoveries_are_told_by_kind_and_together_and_never_counts_as_the_limit():
    seconds = {"store": (1.0, 2.0, 6.0), "worker": (5.0, None)}
    strikes = tuple(Strike(0.0, kind, "", each, at_work=True) for kind, of_kind in seconds.items() for each in of_kind)
    store, worker, together = summarize_recoveries(strikes)
    assert (store.kind, store.kills, store.median, store.longest) == ("store", 3, 2.0, 6.0)
    assert (worker.median, worker.longest) == ((5.0 + RECOVERY_LIMIT_S) / 2, RECOVERY_LIMIT_S)
    assert (together.kills, together.median) == (5, 5.0)
    assert summarize_recoveries(()) == ()
