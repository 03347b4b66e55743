"""Cancelling for tests: every running process of ours is killed again and again, as a cancelled task's are."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.processes import process_groups


@contextmanager
def kill_running_processes() -> Iterator[None]:
    """Kill the processes that run, and those that are started, until the block ends."""
    over = threading.Event()

    def cancel() -> None:
        while not over.wait(0.1):
            process_groups.kill_all()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
