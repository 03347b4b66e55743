"""Leases of tasks: a worker claims the next task, renews its lease by heartbeats, records progress, and finishes or releases it.

A lease that is not renewed expires, and another worker claims the task. Each claim increments the fencing token, so that writes of
the former worker are refused (LeaseLost).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.errors import LeaseLost
from pipeline.store.database.database import Database, now
from pipeline.store.monitoring.outbox import Outbox
from pipeline.store.monitoring.totals import Totals
from pipeline.store.task_rows import read_task
from pipeline.values.monitoring.outbox import Receiver, TaskEnd
from pipeline.values.monitoring.task_events import ProgressMade, StatusChanged, TaskEdited, TaskEvent
from pipeline.values.tasks import Lease, Progress, Task, TaskStatus

UNKNOWN_REASON = "Unknown"  # of a failure without an error class

# Tasks that a worker may claim. Values: the time now, and that of leases.
CLAIMABLE = """(status = 'QUEUED' AND coalesce(not_before <= ?, TRUE)) OR (status = 'PROCESSING' AND lease_until < ?)"""
RENEWAL_SHARE = 0.7  # of a lease that is left, below which it is renewed: a heartbeat is a read until then, not a write


class Leases:
    """Claims and fenced writes of workers."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._totals = Totals(database)
        self._outbox = Outbox(database)

    def list_owners(self) -> frozenset[str]:
        """Workers that hold a lease, alive or not."""
        return frozenset(row["owner"] for row in self._db.rows("SELECT DISTINCT owner FROM tasks WHERE status = 'PROCESSING'"))

    def has_claimable(self) -> bool:
        """True while a task waits, or a lease has expired."""
        values = [now(), self._lease_end(0.0)]
        return self._db.row(f"SELECT id FROM tasks WHERE {CLAIMABLE} LIMIT 1", values) is not None  # noqa: S608 -- ours

    def count_waiting(self) -> int:
        """Number of films that a worker could begin now."""
        values = [now(), self._lease_end(0.0)]
        row = self._db.row(f"SELECT count(*) AS films FROM tasks WHERE {CLAIMABLE}", values)  # noqa: S608 -- ours
        return int(row["films"]) if row else 0

    def restart_leases(self, lease_seconds: float) -> None:
        """Restart every lease: an earlier process of the store measured time by another clock."""
        self._db.execute("UPDATE tasks SET lease_until = ? WHERE status = 'PROCESSING'", [self._lease_end(lease_seconds)])

    def claim_next_task(self, owner: str, lease_seconds: float, *, gone: Collection[str] = ()) -> tuple[Task, Lease] | None:
        """Lease the most urgent queued task, or one whose lease expired, the oldest first; None where there is none.

        A task that the owner holds already comes first: the answer to its last claim was lost.
        `gone`: owners that are known to be dead, whose leases count as expired.
        """
        with self._db.transaction():
            rows = self._db.execute(
                """UPDATE tasks SET status = 'PROCESSING', owner = ?, lease_until = ?, token = token + 1, attempts = attempts + 1,
                   lost = CASE WHEN status = 'QUEUED' THEN 0 WHEN owner = ? THEN lost ELSE coalesce(lost, 0) + 1 END, started_at = ?, finished_at = NULL, error = NULL, stage = '', part = 0
               WHERE id = (SELECT id FROM tasks WHERE (status = 'QUEUED' AND coalesce(not_before <= ?, TRUE)) OR (status = 'PROCESSING'
                               AND (lease_until < ? OR owner = ? OR list_contains(CAST(? AS VARCHAR[]), owner)))
                           ORDER BY coalesce(owner, '') <> ?, coalesce(priority, 0), id LIMIT 1)
               RETURNING *""",
                [owner, self._lease_end(lease_seconds), owner, now(), now(), self._lease_end(0.0), owner, list(gone), owner],
            )
            if rows:
                self._db.record_event(StatusChanged(rows[0]["id"], TaskStatus.PROCESSING))
        return (read_task(rows[0]), Lease(rows[0]["id"], rows[0]["token"])) if rows else None

    def renew_lease(self, lease: Lease, lease_seconds: float) -> None:
        """Renew a lease (heartbeat). LeaseLost where another worker holds the task, or it was cancelled or deleted."""
        held = self._db.row(
            "SELECT lease_until FROM tasks WHERE id = ? AND token = ? AND status = 'PROCESSING'", [lease.task_id, lease.token]
        )
        if held is None:
            raise LeaseLost(lease.task_id)
        if held["lease_until"] is None or held["lease_until"] < self._lease_end(RENEWAL_SHARE * lease_seconds):
            self._update_fenced("lease_until = ?", lease, [self._lease_end(lease_seconds)])

    def record_probe(self, lease: Lease, *, source_lang: str, duration: float, has_subtitles: bool) -> None:
        """Write the facts that probing found about the film. LeaseLost."""
        self._update_fenced(
            "source_lang = ?, duration = ?, has_subtitles = ?",
            lease,
            [source_lang, duration, has_subtitles],
            TaskEdited(lease.task_id),
        )

    def record_targets(self, lease: Lease, target_langs: Collection[str], *, duration: float) -> None:
        """Write the languages that a film lacks, which could not be probed when it was queued, and its length. LeaseLost."""
        self._update_fenced("target_langs = ?, duration = ?", lease, [list(target_langs), duration], TaskEdited(lease.task_id))

    def record_progress(self, lease: Lease, progress: Progress) -> None:
        """Write the progress of the task. LeaseLost."""
        self._update_fenced(
            "done = ?, total = ?, stage = ?, part = ?",
            lease,
            [progress.done, progress.total, progress.stage, progress.part],
            ProgressMade(lease.task_id, progress),
        )

    def finish(self, lease: Lease, output: Path, *, receivers: Collection[Receiver] = ()) -> None:
        """End the task in DONE, with the path of the dub. `receivers`: applications that are told, beside its callback. LeaseLost."""
        ended = "status = 'DONE', finished_at = ?, output = ?, error = NULL, done = total, stage = '', part = 0"
        self._end(lease, TaskStatus.DONE, "", ended, [now(), str(output)], receivers=receivers)

    def fail(self, lease: Lease, error: str, *, reason: str = UNKNOWN_REASON, receivers: Collection[Receiver] = ()) -> None:
        """End the task in ERROR, with its message. `reason`: the class of the error, for metrics. `receivers`: as of `finish`. LeaseLost."""
        failed = "status = 'ERROR', finished_at = ?, error = ?"
        self._end(lease, TaskStatus.ERROR, reason, failed, [now(), error], receivers=receivers)

    def skip(self, lease: Lease, reason: str, *, receivers: Collection[Receiver] = ()) -> None:
        """End the task in SKIPPED: its film needs no dub, for this reason. `receivers`: as of `finish`. LeaseLost."""
        skipped = "status = 'SKIPPED', finished_at = ?, error = ?"
        self._end(lease, TaskStatus.SKIPPED, "DubNotNeeded", skipped, [now(), reason], receivers=receivers)

    def release(self, lease: Lease) -> None:
        """Return the task to the queue, when its worker shuts down. LeaseLost."""
        self._update_fenced(
            "status = 'QUEUED', owner = NULL, lease_until = NULL, attempts = attempts - 1, token = token + 1",
            lease,
            [],
            StatusChanged(lease.task_id, TaskStatus.QUEUED),
        )

    def postpone(self, lease: Lease, *, size: int, mtime_ns: int, seconds: float) -> None:
        """Return the task of a growing file to the queue, with its present size and time, for as long. LeaseLost.

        The length of a file that changed is unknown again.
        """
        self._update_fenced(
            "status = 'QUEUED', owner = NULL, lease_until = NULL, attempts = attempts - 1, token = token + 1, duration = CASE WHEN size = ? THEN duration END, size = ?, mtime_ns = ?, not_before = ?",
            lease,
            [size, size, mtime_ns, now() + timedelta(seconds=seconds)],
            StatusChanged(lease.task_id, TaskStatus.QUEUED),
        )

    def require_lease(self, lease: Lease) -> None:
        """Require a valid lease. LeaseLost."""
        if self._db.row("SELECT id FROM tasks WHERE id = ? AND token = ?", [lease.task_id, lease.token]) is None:
            raise LeaseLost(lease.task_id)

    def _lease_end(self, seconds: float) -> datetime:
        """Expiry of a lease by the database's monotonic time."""
        return self._db.monotonic_now() + timedelta(seconds=seconds)

    def _end(
        self,
        lease: Lease,
        status: TaskStatus,
        reason: str,
        assignments: str,
        values: list[object],
        *,
        receivers: Collection[Receiver],
    ) -> None:
        """End the task of a lease, count that, and write the messages about it. LeaseLost."""
        with self._db.transaction():
            self.require_lease(lease)
            self._totals.count_end(lease.task_id, status, reason)
            task = self._update_fenced(f"{assignments}, owner = NULL, lease_until = NULL", lease, values)
            self._db.record_event(StatusChanged(lease.task_id, status, task.error))
            self._outbox.add(TaskEnd.of(task), {*receivers, *([Receiver.CALLBACK] if task.callback else [])})

    def _update_fenced(self, assignments: str, lease: Lease, values: list[object], event: TaskEvent | None = None) -> Task:
        """Update the task of a lease, if its fencing token is current. LeaseLost otherwise. Returns it."""
        sql = f"UPDATE tasks SET {assignments} WHERE id = ? AND token = ? AND status = 'PROCESSING' RETURNING *"  # noqa: S608
        with self._db.transaction():
            rows = self._db.execute(sql, [*values, lease.task_id, lease.token])
            if not rows:
                raise LeaseLost(lease.task_id)
            if event is not None:
                self._db.record_event(event)
        return read_task(rows[0])
