"""Long polling: a change wakes one waiter, and is not lost where nobody waits."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from serve.store.queue_signal import QueueSignal


def wait_for_waiters(signal: QueueSignal, count: int) -> None:
    end = time.monotonic() + 10
    while signal.waiting != count:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_change_wakes_one_of_those_that_wait() -> None:
    signal = QueueSignal()
    with ThreadPoolExecutor(3) as pool:
        waits = [pool.submit(signal.wait, 1.0) for _ in range(3)]
        wait_for_waiters(signal, 3)
        signal.notify()
        wait_for_waiters(signal, 2)
        assert sorted(wait.result() for wait in waits) == [False, False, True]


def test_a_change_that_nobody_waits_for_wakes_the_next_one_once() -> None:
    signal = QueueSignal()
    for _ in range(50):
        signal.notify()
    assert signal.wait(0.0) is True
    assert signal.wait(0.0) is False


def test_many_changes_wake_as_many() -> None:
    signal, woken = QueueSignal(), threading.Semaphore(0)

    def wait() -> None:
        if signal.wait(5.0):
            woken.release()

    threads = [threading.Thread(target=wait, daemon=True) for _ in range(20)]
    for thread in threads:
        thread.start()
    wait_for_waiters(signal, 20)
    for _ in range(20):
        signal.notify()
    assert all(woken.acquire(timeout=5) for _ in threads)
