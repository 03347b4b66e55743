"""Turns at cutting excerpts: those that wait leave threads to everybody else."""

import pytest

from serve.http.media import audio_clips
from serve.request_errors import Busy


def test_as_many_as_may_cut_and_wait_and_the_next_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [audio_clips._thread_slots.acquire(blocking=False) for _ in range(audio_clips.MAX_THREADS)]
    assert all(held)
    try:
        with pytest.raises(Busy, match="too many audio clips are being cut"), audio_clips._acquire_cut_slot():
            pytest.fail("it had to wait")
    finally:
        for _ in held:
            audio_clips._thread_slots.release()
    with audio_clips._acquire_cut_slot():
        pass


def test_who_waited_too_long_gives_the_thread_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_clips, "QUEUE_TIMEOUT_S", 0.01)
    for _ in range(audio_clips.MAX_CONCURRENT_CUTS):
        audio_clips._cut_slots.acquire()
    try:
        with pytest.raises(Busy), audio_clips._acquire_cut_slot():
            pytest.fail("nobody had left")
    finally:
        for _ in range(audio_clips.MAX_CONCURRENT_CUTS):
            audio_clips._cut_slots.release()
    assert audio_clips._thread_slots._value == audio_clips.MAX_THREADS
