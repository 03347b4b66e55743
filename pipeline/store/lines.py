"""Lines of finished dubs, people's edits of them, and the assessment reports."""

from collections.abc import Sequence
from dataclasses import asdict, fields

from pipeline.errors import NotFound
from pipeline.store.database import Database, now
from pipeline.store.tasks import Tasks
from pipeline.tasks import Edit, Lease, LineRow, Task


class Lines:
    """Questions and changes about lines and reports."""

    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._db = database
        self._tasks = tasks

    def put(self, lease: Lease, language: str, lines: Sequence[LineRow]) -> None:
        """Replace the lines of one language."""
        with self._db.transaction():
            self._tasks.check(lease)
            self._db.execute("DELETE FROM lines WHERE task_id = ? AND language = ?", [lease.task_id, language])
            self._db.replace("lines", [{"task_id": lease.task_id} | asdict(line) for line in lines])

    def of(self, task_id: int, language: str | None = None) -> tuple[LineRow, ...]:
        """The lines of a task, of one language or all, in order."""
        self._tasks.task(task_id)
        names = ", ".join(f'"{field.name}"' for field in fields(LineRow))
        rows = self._db.rows(
            f"SELECT {names} FROM lines WHERE task_id = ? AND (? IS NULL OR language = ?) ORDER BY language, number",  # noqa: S608
            [task_id, language, language],
        )
        return tuple(LineRow(**row) for row in rows)

    def edit(self, task_id: int, edit: Edit) -> Task:
        """Keep other words for a line and queue the task again; only what depends on them runs anew."""
        with self._db.transaction():
            self._tasks.task(task_id)
            if not any(line.number == edit.number for line in self.of(task_id, edit.language)):
                raise NotFound(
                    f"task {task_id} has no line {edit.number} in {edit.language!r}; GET its lines to see which there are"
                )
            row = {"task_id": task_id, "edited_at": now()} | asdict(edit)
            self._db.replace("edits", [row])
            return self._tasks.requeue(task_id)

    def edits(self, task_id: int) -> tuple[Edit, ...]:
        """All edits of a task."""
        rows = self._db.rows("SELECT language, number, text FROM edits WHERE task_id = ? ORDER BY language, number", [task_id])
        return tuple(Edit(**row) for row in rows)

    def put_report(self, lease: Lease, language: str, report: str) -> None:
        """Keep the assessment of one language, as JSON."""
        with self._db.transaction():
            self._tasks.check(lease)
            self._db.execute("INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?)", [lease.task_id, language, report, now()])

    def reports(self, task_id: int) -> dict[str, str]:
        """Language → report as JSON."""
        self._tasks.task(task_id)
        rows = self._db.rows("SELECT language, report FROM reports WHERE task_id = ? ORDER BY language", [task_id])
        return {row["language"]: row["report"] for row in rows}
