"""Lines of finished dubs, people's edits of them, who speaks them, and the assessment reports."""

import re
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from pipeline.errors import NotFound
from pipeline.store.database import Database, now
from pipeline.store.tasks import Tasks
from pipeline.tasks import Edit, Lease, LineRow, SpeakerRow, Task, TranslationRow

SEASON = re.compile(r"(?:season|series|staffel|saison|temporada|stagione|s)[ ._-]*\d{1,4}|specials", re.IGNORECASE)


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

    def put_translation(self, lease: Lease, language: str, translation: TranslationRow) -> None:
        """Keep what the translation of one language cost."""
        with self._db.transaction():
            self._tasks.check(lease)
            self._db.replace("translations", [{"task_id": lease.task_id, "language": language} | asdict(translation)])

    def put_speakers(self, lease: Lease, speakers: Sequence[SpeakerRow]) -> None:
        """Replace the speakers of a film."""
        with self._db.transaction():
            self._tasks.check(lease)
            self._db.execute("DELETE FROM speakers WHERE task_id = ?", [lease.task_id])
            rows = [{"task_id": lease.task_id} | asdict(speaker) for speaker in speakers]
            for row in rows:  # a film has a few; an empty list has no type in Arrow
                self._db.execute(
                    """INSERT INTO speakers (task_id, label, seconds, pitch, formants, embedding, engine, clip)
                       VALUES (?, ?, ?, ?, ?, CAST(? AS DOUBLE[]), ?, ?)""",
                    [*(list(value) if isinstance(value, tuple) else value for value in row.values())],
                )

    def speakers(self, task_id: int) -> tuple[SpeakerRow, ...]:
        """The speakers of a film, in order of speaking time."""
        self._tasks.task(task_id)
        return self._speakers("task_id = ?", [task_id])

    def speakers_beside(self, path: Path, engine: str) -> tuple[SpeakerRow, ...]:
        """Speakers with a clip of the finished films in the folder of `path`, or in its neighbours (seasons of one series),
        as one diarizer told of them; those of the oldest film first.
        """
        beside = f"{path.parent.parent}/" if _is_season(path.parent.name) else f"{path.parent}/"
        return self._speakers(
            """engine = ? AND clip IS NOT NULL AND len(embedding) > 0 AND task_id IN
               (SELECT id FROM tasks WHERE starts_with(path, ?) AND path <> ? AND status = 'DONE')""",
            [engine, beside, str(path)],
        )

    def _speakers(self, condition: str, values: Sequence[object]) -> tuple[SpeakerRow, ...]:
        names = ", ".join(field.name for field in fields(SpeakerRow))
        rows = self._db.rows(f"SELECT {names} FROM speakers WHERE {condition} ORDER BY task_id, seconds DESC", values)  # noqa: S608 -- ours
        return tuple(SpeakerRow(**row | {"embedding": tuple(row["embedding"])}) for row in rows)


def _is_season(folder: str) -> bool:
    """Whether a folder is one of several of a series: `Season 02`, `Staffel 2`, `S02`, `Specials`."""
    return SEASON.fullmatch(folder) is not None
