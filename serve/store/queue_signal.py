"""Long polling of the queue: workers wait for a task, and are woken when one may have become claimable."""

import threading
import time

QUEUE_CHANGES = frozenset(
    {("tasks", name) for name in ("submit", "add_languages", "change_preview", "retry", "requeue", "purge", "change_many")}
    | {("leases", name) for name in ("release", "finish", "fail", "skip")}
    | {("edits", name) for name in ("edit_lines", "change_lines", "change_speaker", "change_glossary")}
)  # part and method of the store's writes after which a task may be claimable


class QueueSignal:
    """Counter of the queue's changes with waiters. It starts at a time, so that a restarted actor's counter differs."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = time.time_ns()

    def notify(self) -> None:
        """Count a change and wake all waiters."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> int:
        """Block until the counter differs from `seen`, or for `timeout_s`. Returns the counter."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen, timeout_s)
            return self._count
