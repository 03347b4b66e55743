"""Lines of finished dubs with their edits, speakers, translation usage and assessment reports."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

from pipeline.store.database.connection import Row
from pipeline.store.database.database import Database, now
from pipeline.store.database.migrations import WARNING_COUNTS
from pipeline.store.scripts.added_lines import AddedLines
from pipeline.store.scripts.deleted_lines import DeletedLines
from pipeline.store.scripts.revisions import Revisions
from pipeline.store.task_leases import Leases
from pipeline.store.tasks import Tasks
from pipeline.values.edits import AddedLine, Edit, select_edits
from pipeline.values.monitoring.task_events import NotesWritten
from pipeline.values.notes import DubNote, Note, Severity, collect_dub_notes, read_notes
from pipeline.values.script import CellName, DeletedLine, ScriptRevision, read_cells, read_times
from pipeline.values.tasks import DubPart, Lease, LineRow, SpeakerRow, TranslationRow

SEASON_PATTERN = re.compile(r"(?:season|series|staffel|saison|temporada|stagione|s)[ ._-]*\d{1,4}|specials", re.IGNORECASE)
REASON_SEPARATOR = ", "
LINE_COLUMNS = tuple(each.name for each in fields(LineRow) if each.name != "edit")


class Lines:
    """Queries and writes of lines, speakers and reports."""

    def __init__(self, database: Database, tasks: Tasks, leases: Leases) -> None:
        self._db = database
        self._tasks = tasks
        self._leases = leases
        self._revisions = Revisions(database)
        self._deleted = DeletedLines(database)
        self.added = AddedLines(database)

    def replace_lines(self, lease: Lease, language: str, lines: Sequence[LineRow]) -> None:
        """Replace the lines of one language by those that were dubbed from the script as it stands. LeaseLost."""
        with self._db.transaction():
            self._leases.require_lease(lease)
            before = self.list_lines(lease.task_id, language)
            self._db.execute("DELETE FROM lines WHERE task_id = ? AND language = ?", [lease.task_id, language])
            rows = [
                {"task_id": lease.task_id}
                | {name: getattr(line, name) for name in LINE_COLUMNS}
                | {"reasons": REASON_SEPARATOR.join(line.reasons)}
                for line in lines
            ]
            self._db.replace("lines", rows)
            self._deleted.record(lease.task_id, before, lines)
            self._revisions.record_changes(lease.task_id, before, self.list_lines(lease.task_id, language))
            self._revisions.mark_dubbed(lease.task_id, language)

    def end_preview(self, lease: Lease, shifts: Mapping[str, int]) -> None:
        """Number the edits and lines of a finished preview as in the whole film, once. `shifts`: language, "" for what holds for
        the film → number of the lines before. LeaseLost.
        """
        with self._db.transaction():
            self._leases.require_lease(lease)
            if not self._tasks.get(lease.task_id).preview_lines:
                return
            for table in ("edits", "lines", "takes", "script_changes", "line_reviews", "deleted_lines"):
                found = self._db.rows(f"SELECT * FROM {table} WHERE task_id = ?", [lease.task_id])  # noqa: S608 -- our names
                self._db.execute(f"DELETE FROM {table} WHERE task_id = ?", [lease.task_id])  # noqa: S608 -- our names
                moved = [row | {"number": row["number"] + shifts.get(row["language"], 0)} for row in found if row["number"]]
                self._db.replace(table, [*moved, *(row for row in found if not row["number"])])
            self._db.execute("UPDATE tasks SET preview_lines = FALSE WHERE id = ?", [lease.task_id])

    def replace_dub_files(self, lease: Lease, language: str, files: Mapping[DubPart, str]) -> None:
        """Replace the audio files of one dub: part → path, relative to the artifacts folder. LeaseLost."""
        with self._db.transaction():
            self._leases.require_lease(lease)
            which = {"task_id": lease.task_id, "language": language}
            self._db.execute("DELETE FROM dub_files WHERE task_id = ? AND language = ?", list(which.values()))
            self._db.replace("dub_files", [which | {"part": str(part), "path": path} for part, path in files.items()])

    def list_dub_files(self, task_id: int, language: str) -> dict[DubPart, str]:
        """The audio files of a finished dub: part → path, relative to the artifacts folder."""
        rows = self._db.rows("SELECT part, path FROM dub_files WHERE task_id = ? AND language = ?", [task_id, language])
        return {DubPart(row["part"]): row["path"] for row in rows}

    def list_lines(self, task_id: int, language: str | None = None) -> tuple[LineRow, ...]:
        """The lines of a task, of one language or all, in order of start, each with its edit; added lines that no dub has yet among
        them. NotFound.
        """
        self._tasks.get(task_id)
        names = ", ".join(f'"{name}"' for name in LINE_COLUMNS)
        rows = self._db.rows(
            f"SELECT {names} FROM lines WHERE task_id = ? AND (? IS NULL OR language = ?)",  # noqa: S608 -- our names
            [task_id, language, language],
        )
        edits = self.list_edits(task_id)
        kinds = {(row["language"], row["subtitled"]) for row in rows}
        wanted = {kind: select_edits(edits, kind[0], subtitled=kind[1]) for kind in kinds} if edits else {}
        dubbed = [_read_line(row) for row in rows]
        lines = [*dubbed, *self.added.list_pending(task_id, dubbed, kinds)]
        edited = [replace(row, edit=wanted.get((row.language, row.subtitled), {}).get(row.number)) for row in lines]
        return tuple(sorted(edited, key=lambda row: (row.language, *read_times(row), row.number)))

    def list_added(self, task_id: int) -> tuple[AddedLine, ...]:
        """All lines that users added to a task's dubs."""
        return self.added.list_all(task_id)

    def list_deleted(self, task_id: int, language: str) -> tuple[DeletedLine, ...]:
        """The lines that a dub lacks because they were deleted, by start."""
        return self._deleted.list_all(task_id, language)

    def list_edits(self, task_id: int) -> tuple[Edit, ...]:
        """All edits of a task's lines, as stored."""
        names = ", ".join(f'"{each.name}"' for each in fields(Edit))
        rows = self._db.rows(f"SELECT {names} FROM edits WHERE task_id = ? ORDER BY language, number", [task_id])  # noqa: S608 -- ours
        return tuple(Edit(**row) for row in rows)

    def list_revisions(self, task_ids: Sequence[int]) -> dict[int, dict[str, ScriptRevision]]:
        """Task → language → revision of the script, with what changed since it was dubbed."""
        numbers = self._revisions.list_numbers(task_ids)
        return {
            task_id: {tag: self._read_revision(task_id, tag, *given) for tag, given in numbers.get(task_id, {}).items()}
            for task_id in task_ids
        }

    def _read_revision(self, task_id: int, language: str, revision: int, dubbed: int) -> ScriptRevision:
        if revision == dubbed:
            return ScriptRevision(revision, dubbed)
        former = self.list_former_texts(task_id, language, dubbed)
        cells = {row.number: read_cells(row) for row in self.list_lines(task_id, language)} if former else {}
        lines = {number for (number, cell), text in former.items() if number in cells and cells[number].read(cell) != text}
        speakers = self._revisions.list_changed_voices(task_id, language, dubbed)
        return ScriptRevision(revision, dubbed, tuple(sorted(lines)), speakers)

    def list_former_texts(self, task_id: int, language: str, revision: int) -> Mapping[tuple[int, CellName], str]:
        """(Line number, cell) → its text at a revision of the script, of cells that changed since."""
        return self._revisions.list_former_texts(task_id, language, revision)

    def get_version_tag(self, task_id: int) -> str:
        """Version tag (ETag) of a task's lines, speakers, edits and reports: it changes whenever they do."""
        row = self._db.row(
            """SELECT (SELECT max(made_at) FROM reports WHERE task_id = $1) AS dubbed,
                   (SELECT count(*) FROM edits WHERE task_id = $1) AS edits,
                   (SELECT max(edited_at) FROM edits WHERE task_id = $1) AS edited,
                   (SELECT sum(revision + dubbed) FROM script_revisions WHERE task_id = $1) AS revisions,
                   (SELECT count(*) FROM speaker_edits WHERE task_id = $1) AS changes,
                   (SELECT max(edited_at) FROM speaker_edits WHERE task_id = $1) AS changed""",
            [task_id],
        )
        return "-".join(str(value) for value in row.values() if value) if row else ""

    def put_report(self, lease: Lease, language: str, report: str) -> None:
        """Write the assessment report of one language, as JSON, and count the task's warnings. LeaseLost."""
        notes = json.loads(report).get("notes", [])
        warnings = sum(each.severity is Severity.WARNING for each in read_notes(notes))
        with self._db.transaction():
            self._leases.require_lease(lease)
            self._db.execute(
                "INSERT OR REPLACE INTO reports (task_id, language, report, made_at, notes) VALUES (?, ?, ?, ?, ?)",
                [lease.task_id, language, report, now(), json.dumps(notes)],
            )
            counted = self._db.row(f"SELECT warnings FROM ({WARNING_COUNTS}) WHERE task_id = ?", [lease.task_id])  # noqa: S608 -- ours
            self._db.execute("UPDATE tasks SET warnings = ? WHERE id = ?", [counted["warnings"] if counted else 0, lease.task_id])
            self._db.record_event(NotesWritten(lease.task_id, language, len(notes), warnings))

    def list_notes(self, task_ids: Sequence[int]) -> dict[int, tuple[DubNote, ...]]:
        """Task → the notes on its dubs, and that of others who could not be told of its end, warnings first."""
        rows = self._db.rows(
            """SELECT task_id, language, notes FROM reports
               WHERE list_contains(CAST(? AS BIGINT[]), task_id) AND notes IS NOT NULL ORDER BY task_id, language""",
            [list(task_ids)],
        )
        found: dict[int, dict[str, tuple[Note, ...]]] = {task_id: {} for task_id in task_ids}
        for row in rows:
            found[row["task_id"]][row["language"]] = read_notes(json.loads(row["notes"]))
        failed = self._db.rows(
            "SELECT id, callback_error FROM tasks WHERE list_contains(CAST(? AS BIGINT[]), id) AND callback_error IS NOT NULL",
            [list(task_ids)],
        )
        told = {row["id"]: (DubNote(Note(row["callback_error"], Severity.WARNING), None),) for row in failed}
        return {task_id: (*told.get(task_id, ()), *collect_dub_notes(notes)) for task_id, notes in found.items()}

    def get_glossary(self, task_id: int) -> str:
        """The glossary of a task, as text; "" for none."""
        self._tasks.get(task_id)
        row = self._db.row("SELECT glossary FROM tasks WHERE id = ?", [task_id])
        return (row["glossary"] or "") if row else ""

    def list_reports(self, task_id: int) -> dict[str, str]:
        """Language → report as JSON."""
        self._tasks.get(task_id)
        rows = self._db.rows("SELECT language, report FROM reports WHERE task_id = ? ORDER BY language", [task_id])
        return {row["language"]: row["report"] for row in rows}

    def put_translation(self, lease: Lease, language: str, translation: TranslationRow) -> None:
        """Write the usage of the translation into one language. LeaseLost."""
        with self._db.transaction():
            self._leases.require_lease(lease)
            self._db.replace("translations", [{"task_id": lease.task_id, "language": language} | asdict(translation)])

    def put_speakers(self, lease: Lease, speakers: Sequence[SpeakerRow]) -> None:
        """Replace the speakers of a film. LeaseLost."""
        with self._db.transaction():
            self._leases.require_lease(lease)
            self._db.execute("DELETE FROM speakers WHERE task_id = ?", [lease.task_id])
            rows = [{"task_id": lease.task_id} | asdict(speaker) for speaker in speakers]
            for row in rows:  # a film has a few; an empty list has no type in Arrow
                self._db.execute(
                    """INSERT INTO speakers (task_id, label, seconds, pitch, formants, embedding, engine, clip, first_start)
                       VALUES (?, ?, ?, ?, ?, CAST(? AS DOUBLE[]), ?, ?, ?)""",
                    [*(list(value) if isinstance(value, tuple) else value for value in row.values())],
                )

    def list_speakers(self, task_id: int) -> tuple[SpeakerRow, ...]:
        """The speakers of a film, in order of speaking time."""
        self._tasks.get(task_id)
        return self._speakers("task_id = ?", [task_id])

    def list_series_speakers(self, path: Path, engine: str) -> tuple[SpeakerRow, ...]:
        """Speakers with a clip of the finished films in the folder of `path`, or in its neighbours (seasons of one series),
        as found by the diarizer `engine`; those of the oldest film first.
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
    """True if a folder is one of several of a series: `Season 02`, `Staffel 2`, `S02`, `Specials`."""
    return SEASON_PATTERN.fullmatch(folder) is not None


def _read_line(row: Row) -> LineRow:
    return LineRow(**row | {"reasons": tuple(filter(None, (row["reasons"] or "").split(REASON_SEPARATOR)))})
