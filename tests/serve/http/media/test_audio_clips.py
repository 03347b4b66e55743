"""Turns at cutting excerpts: those that wait leave threads to everybody else."""

import pytest

from serve.http.media import audio_clips
from serve.http.errors import Busy


def test_as_many_as_may_cut_and_wait_and_the_next_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [audio_clips._threads.acquire(blocking=False) for _ in range(audio_clips.MAX_THREADS)]
    assert all(held)
    try:
        with pytest.raises(Busy, match="many excerpts are being cut already"), audio_clips._turn():
            pytest.fail("it had to wait")
    finally:
        for _ in held:
            audio_clips._threads.release()
    with audio_clips._turn():
        pass


def test_who_waited_too_long_gives_the_thread_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_clips, "PATIENCE", 0.01)
    for _ in range(audio_clips.AT_ONCE):
        audio_clips._cutting.acquire()
    try:
        with pytest.raises(Busy), audio_clips._turn():
            pytest.fail("nobody had left")
    finally:
        for _ in range(audio_clips.AT_ONCE):
            audio_clips._cutting.release()
    assert audio_clips._threads._value == audio_clips.MAX_THREADS
