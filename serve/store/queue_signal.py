"""Long polling of the queue: workers wait for a task, and one of them is woken when one may have become claimable.

A worker that got a task wakes the next one, so that a change wakes as many workers as there are tasks, not all that wait.
"""

import threading
from dataclasses import dataclass

QUEUE_CHANGES = frozenset(
    {("tasks", name) for name in ("submit", "add_languages", "change_preview", "retry", "requeue", "purge", "change_many")}
    | {("leases", name) for name in ("release", "postpone", "finish", "fail", "skip")}
    | {("edits", name) for name in ("edit_lines", "change_lines", "change_speaker", "change_glossary")}
)  # part and method of the store's writes after which a task may be claimable


@dataclass(frozen=True, slots=True)
class QueuePoll:
    """Answer of a long poll. `is_woken`: a task may be claimable; `owners`: the workers that hold a task, alive or not."""

    is_woken: bool
    owners: frozenset[str] = frozenset()


class QueueSignal:
    """Wakes one waiter for each change; a change that nobody waits for wakes the next one that does."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting, self._tokens = 0, 0  # tokens: waiters to be woken

    @property
    def waiting(self) -> int:
        """Number of waiters."""
        return self._waiting

    def notify(self) -> None:
        """Wake one waiter."""
        with self._changed:
            self._tokens = min(self._tokens + 1, max(1, self._waiting))
            self._changed.notify()

    def wait(self, timeout_s: float) -> bool:
        """Block until woken, or for `timeout_s`. True where woken."""
        with self._changed:
            self._waiting += 1
            try:
                if not self._changed.wait_for(lambda: self._tokens > 0, timeout_s):
                    return False
                self._tokens -= 1
                return True
            finally:
                self._waiting -= 1
