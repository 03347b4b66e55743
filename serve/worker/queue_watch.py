"""Queue watch of an idle worker: long polls of the store's queue, and a look for workers that died on this machine."""

import threading
import time
from concurrent.futures import Future

from serve.store.queue_signal import QueuePoll
from serve.worker.worker_id import find_dead_workers
from serve.worker.worker_store import WorkerStore

FAILED_POLL_DELAY_S = 0.3  # before the next long poll, after one that failed
QUEUE_WAIT_S = 4.0  # of one long poll, which is a heartbeat too
OWNERS_CHECK_INTERVAL_S = 1.0  # between looks for dead workers on this machine


class QueueWatch:
    """Wait of one worker for the queue. `stop` ends it, from another thread and for good."""

    def __init__(self, store: WorkerStore, worker: str) -> None:
        self._store, self._worker = store, worker
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._owners: frozenset[str] = frozenset()  # of tasks, as last listed

    def stop(self) -> None:
        """End the wait."""
        self._stopping.set()
        self._wake.set()

    def find_dead_owners(self) -> tuple[str, ...]:
        """Find the workers that hold a task and have died on this machine."""
        self._owners = self._store.leases.list_owners()
        return find_dead_workers(self._owners)

    def wait(self) -> None:
        """Wait until a task may be claimable, an owner of a task dies on this machine, or the store does not answer."""
        while not self._stopping.is_set():
            answer, wake = self._start_poll()
            deadline = time.monotonic() + 2 * QUEUE_WAIT_S  # the store's process may be away
            while not self._stopping.is_set() and not wake.wait(OWNERS_CHECK_INTERVAL_S):
                if find_dead_workers(self._owners) or time.monotonic() > deadline:
                    return
            if not answer.done():
                return
            if answer.cancelled() or answer.exception() is not None:
                self._stopping.wait(FAILED_POLL_DELAY_S)
                return
            self._owners = answer.result().owners
            if answer.result().is_woken or find_dead_workers(self._owners):
                return

    def _start_poll(self) -> tuple[Future[QueuePoll], threading.Event]:
        """Start a long poll; the event is set at its end, or by `stop`."""
        self._wake = wake = threading.Event()
        if self._stopping.is_set():
            wake.set()
        answer = self._store.watch_queue(self._worker, QUEUE_WAIT_S)
        answer.add_done_callback(lambda _: wake.set())
        return answer, wake
