"""Lines that users added to dubs in the store: written, numbered, and listed before they are dubbed."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields

from pipeline.store.database.database import Database, now
from pipeline.values.edits import FILM_WIDE, AddedLine
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import TextSource

Kind = tuple[str, bool]  # language of a dub, and True where it is spoken from its own subtitles


class AddedLines:
    """Queries and writes of added lines."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, task_id: int, lines: Sequence[AddedLine]) -> None:
        """Write new lines."""
        at = now()
        self._db.replace("added_lines", [{"task_id": task_id, "added_at": at} | asdict(line) for line in lines])

    def list_all(self, task_id: int) -> tuple[AddedLine, ...]:
        """All added lines of a task."""
        names = ", ".join(f'"{each.name}"' for each in fields(AddedLine))
        rows = self._db.rows(f"SELECT {names} FROM added_lines WHERE task_id = ? ORDER BY number", [task_id])  # noqa: S608 -- ours
        return tuple(AddedLine(**row) for row in rows)

    def list_pending(self, task_id: int, dubbed: Collection[LineRow], kinds: Collection[Kind]) -> list[LineRow]:
        """The lines that are not in the last dub of each kind yet, as lines without a take."""
        known = {(row.language, row.number) for row in dubbed}
        return [
            _make_row(line, language, subtitled=subtitled)
            for line in self.list_all(task_id)
            for language, subtitled in kinds
            if (line.language == language or (line.language == FILM_WIDE and not subtitled))
            and (language, line.number) not in known
        ]

    def find_next_number(self, task_id: int) -> int:
        """The number after those of all lines that the task has or had."""
        row = self._db.row(
            """SELECT max(number) AS highest FROM (
                   SELECT number FROM lines WHERE task_id = $1 UNION ALL SELECT number FROM added_lines WHERE task_id = $1
                   UNION ALL SELECT number FROM edits WHERE task_id = $1
                   UNION ALL SELECT number FROM script_changes WHERE task_id = $1)""",
            [task_id],
        )
        return (row["highest"] or 0) + 1 if row else 1


def _make_row(line: AddedLine, language: str, *, subtitled: bool) -> LineRow:
    return LineRow(
        number=line.number,
        language=language,
        speaker=line.speaker,
        start=line.start,
        end=line.end,
        latest_end=line.end,
        source_text=line.source_text,
        text="",
        text_source=str(TextSource.ADDED),
        dub_start=line.start,
        dub_seconds=0.0,
        rate=1.0,
        stretch=1.0,
        audio="",
        subtitled=subtitled,
    )
