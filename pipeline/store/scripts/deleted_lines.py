"""Deleted lines of dubs in the store: kept when a film is dubbed without them, so that they can be shown and restored."""

from collections.abc import Iterable, Sequence

from pipeline.store.database.database import Database
from pipeline.values.edits import FILM_WIDE
from pipeline.values.script import DeletedLine, read_cells, read_times
from pipeline.values.tasks import LineRow


class DeletedLines:
    """Queries and writes of deleted lines."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record(self, task_id: int, before: Iterable[LineRow], dubbed: Sequence[LineRow]) -> None:
        """Keep the lines of a dub that it had before, and lacks now because they were deleted."""
        numbers = {row.number for row in dubbed}
        gone = [row for row in before if row.edit is not None and row.edit.deleted and row.number not in numbers]
        rows: list[dict[str, object]] = [
            {
                "task_id": task_id,
                "language": row.language,
                "number": row.number,
                "start": read_times(row)[0],
                "source_text": cells.source,
                "text": cells.translation,
                "subtitled": row.subtitled,
            }
            for row in gone
            for cells in [read_cells(row)]
        ]
        self._db.replace("deleted_lines", rows)

    def list_all(self, task_id: int, language: str) -> tuple[DeletedLine, ...]:
        """The lines that a dub lacks because they are deleted, by start."""
        rows = self._db.rows(
            """SELECT number, start, source_text, text FROM deleted_lines AS gone WHERE task_id = $1 AND language = $2
               AND number NOT IN (SELECT number FROM lines WHERE task_id = $1 AND language = $2)
               AND number NOT IN (SELECT number FROM added_lines WHERE task_id = $1)
               AND number IN (SELECT number FROM edits WHERE task_id = $1 AND deleted
                              AND edits.language = CASE WHEN gone.subtitled THEN $2 ELSE $3 END)
               ORDER BY start, number""",
            [task_id, language, FILM_WIDE],
        )
        return tuple(DeletedLine(**row) for row in rows)
