"""Turns at cutting excerpts: those that wait leave threads to everybody else."""

import pytest

from serve import excerpts
from serve.faults import Busy


def test_as_many_as_may_cut_and_wait_and_the_next_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [excerpts._threads.acquire(blocking=False) for _ in range(excerpts.MAX_THREADS)]
    assert all(held)
    try:
        with pytest.raises(Busy, match="many excerpts are being cut already"), excerpts._turn():
            pytest.fail("it had to wait")
    finally:
        for _ in held:
            excerpts._threads.release()
    with excerpts._turn():
        pass


def test_who_waited_too_long_gives_the_thread_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excerpts, "PATIENCE", 0.01)
    for _ in range(excerpts.AT_ONCE):
        excerpts._cutting.acquire()
    try:
        with pytest.raises(Busy), excerpts._turn():
            pytest.fail("nobody had left")
    finally:
        for _ in range(excerpts.AT_ONCE):
            excerpts._cutting.release()
    assert excerpts._threads._value == excerpts.MAX_THREADS
