"""Transactional outbox: messages about ended tasks, written with the end, claimed for an attempt, and deleted once they are delivered.

A claim hides its message for some time, after which another process may claim it: a message whose sender was killed is sent again.
"""

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from pipeline.store.database.connection import Row
from pipeline.store.database.database import Database, now
from pipeline.values.monitoring.outbox import OutboxMessage, OutboxStatus, Receiver, TaskEnd
from pipeline.values.monitoring.task_events import TaskEdited
from pipeline.values.preview import PreviewRange
from pipeline.values.tasks import TaskStatus

MAX_DELAY = timedelta(days=1)  # of any attempt: a later one was set by a clock that was wrong

# Messages that may be claimed. Values: the time now, and the latest that a right clock could have set.
DUE = "(next_at <= ? OR next_at > ?) AND (attempts = 0 OR NOT CAST(? AS BOOLEAN))"
ORDER = "attempts, created_at, task_id, position"  # new messages do not wait for those of a receiver that is down


class Outbox:
    """Messages that wait for their delivery."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, end: TaskEnd, receivers: Collection[Receiver]) -> None:
        """Write the messages about a task's end. The caller holds the transaction of the end."""
        for position, receiver in enumerate(receiver for receiver in Receiver if receiver in receivers):
            row = make_row(end, receiver, position)
            columns = ", ".join(row)
            self._db.execute(f"INSERT INTO outbox ({columns}) VALUES ({', '.join('?' * len(row))})", list(row.values()))  # noqa: S608 -- ours

    def claim_next(self, seconds: float, *, new_only: bool = False) -> OutboxMessage | None:
        """Claim the next message that is due, for `seconds`; None where there is none. `new_only`: one without an attempt."""
        due = [now(), now() + MAX_DELAY, new_only]
        if self._db.row(f"SELECT id FROM outbox WHERE {DUE} LIMIT 1", due) is None:  # noqa: S608 -- ours
            return None  # most calls: a read alone
        rows = self._db.execute(
            f"""UPDATE outbox SET attempts = attempts + 1, next_at = ?
                WHERE id = (SELECT id FROM outbox WHERE {DUE} ORDER BY {ORDER} LIMIT 1) RETURNING *""",  # noqa: S608 -- ours
            [now() + timedelta(seconds=seconds), *due],
        )
        return read_message(rows[0]) if rows else None

    def remove(self, message_id: str) -> None:
        """Remove a message that was delivered."""
        self._db.execute("DELETE FROM outbox WHERE id = ?", [message_id])

    def postpone(self, message_id: str, failure: str, seconds: float) -> None:
        """Let a message whose delivery failed wait for its next attempt."""
        values = [now() + timedelta(seconds=seconds), now(), failure, message_id]
        self._db.execute("UPDATE outbox SET next_at = ?, failed_at = ?, failure = ? WHERE id = ?", values)

    def give_up(self, message_id: str, sentence: str) -> None:
        """Remove a message that could not be delivered, and note that on its task, unless it was deleted."""
        with self._db.transaction():
            rows = self._db.execute("DELETE FROM outbox WHERE id = ? RETURNING task_id", [message_id])
            for row in rows:  # none where another process was first
                self._db.execute(
                    "UPDATE tasks SET callback_error = concat_ws('; ', callback_error, ?) WHERE id = ?",
                    [sentence, row["task_id"]],
                )
                self._db.record_event(TaskEdited(row["task_id"]))

    def read_status(self) -> OutboxStatus:
        """Count the messages that wait, and read the last failure among them."""
        rows = self._db.rows("SELECT receiver, count(*) AS messages, min(created_at) AS oldest FROM outbox GROUP BY receiver")
        last = self._db.row("SELECT receiver, failure FROM outbox WHERE failure IS NOT NULL ORDER BY failed_at DESC, id LIMIT 1")
        return OutboxStatus(
            {Receiver(row["receiver"]): row["messages"] for row in rows},
            min((row["oldest"] for row in rows), default=None),
            f"{Receiver(last['receiver']).label}: {last['failure']}" if last else None,
        )


def make_row(end: TaskEnd, receiver: Receiver, position: int) -> Row:
    """Row of a new message, due at once."""
    return {
        "id": str(uuid4()),
        "task_id": end.id,
        "receiver": receiver,
        "position": position,
        "path": str(end.path),
        "status": end.status,
        "target_langs": list(end.target_langs),
        "output": str(end.output) if end.output else None,
        "error": end.error,
        "origin": end.origin,
        "preview_from": end.preview.start if end.preview else None,
        "preview_until": end.preview.end if end.preview else None,
        "preview_only": end.preview_only,
        "callback": end.callback if receiver is Receiver.CALLBACK else "",
        "created_at": now(),
        "attempts": 0,
        "next_at": now(),
    }


def read_message(row: Row) -> OutboxMessage:
    """Message of a row of the outbox."""
    end = TaskEnd(
        id=row["task_id"],
        path=Path(row["path"]),
        status=TaskStatus(row["status"]),
        target_langs=tuple(row["target_langs"]),
        output=Path(row["output"]) if row["output"] else None,
        error=row["error"],
        origin=row["origin"],
        preview=None if row["preview_from"] is None else PreviewRange(row["preview_from"], row["preview_until"]),
        preview_only=row["preview_only"],
        callback=row["callback"],
    )
    return OutboxMessage(row["id"], Receiver(row["receiver"]), end, row["attempts"], row["created_at"])
