"""Revisions of the scripts of dubs in the store: a number that each change raises, and the former texts of changed cells."""

from collections.abc import Iterable, Mapping, Sequence

from pipeline.store.database.database import Database, now
from pipeline.values.script import DELETED, CellName, read_cells
from pipeline.values.tasks import LineRow

VOICE = "voice"  # in the place of a cell: the voice or the merge of a speaker changed; `number` is 0, `before` the label


class Revisions:
    """Queries and writes of script revisions."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record_changes(self, task_id: int, before: Iterable[LineRow], after: Iterable[LineRow]) -> None:
        """Raise the revision of each dub whose cells differ between the two states of its lines. A line that is new to a dub was deleted
        before.
        """
        former = {(row.language, row.number): read_cells(row) for row in before}
        dubbed = {language for language, _ in former}
        rows: list[dict[str, object]] = [
            {"language": row.language, "number": row.number, "cell": str(cell), "before": cells.read(cell)}
            for row in after
            if (cells := former.get((row.language, row.number))) is not None and cells != (present := read_cells(row))
            for cell in CellName
            if cells.read(cell) != present.read(cell)
        ]
        rows += [
            {"language": row.language, "number": row.number, "cell": str(CellName.DELETED), "before": DELETED}
            for row in after
            if row.language in dubbed and (row.language, row.number) not in former
        ]
        self._write(task_id, rows)

    def record_voice(self, task_id: int, languages: Sequence[str], label: str) -> None:
        """Raise the revision of dubs in which the voice of a speaker changed."""
        self._write(task_id, [{"language": tag, "number": 0, "cell": VOICE, "before": label} for tag in languages])

    def _write(self, task_id: int, rows: Sequence[dict[str, object]]) -> None:
        at = now()
        raised = {
            row["language"]: self._db.execute(
                """INSERT INTO script_revisions VALUES ($1, $2, 2, 1)
                   ON CONFLICT DO UPDATE SET revision = script_revisions.revision + 1 RETURNING revision""",
                [task_id, row["language"]],
            )[0]["revision"]
            for row in {row["language"]: row for row in rows}.values()
        }
        self._db.replace(
            "script_changes",
            [{"task_id": task_id, "revision": raised[row["language"]], "changed_at": at} | row for row in rows],
        )

    def mark_dubbed(self, task_id: int, language: str) -> None:
        """Mark the present revision of a dub's script as dubbed."""
        self._db.execute(
            """INSERT INTO script_revisions VALUES ($1, $2, 1, 1)
               ON CONFLICT DO UPDATE SET dubbed = script_revisions.revision""",
            [task_id, language],
        )

    def list_numbers(self, task_ids: Sequence[int]) -> dict[int, dict[str, tuple[int, int]]]:
        """Task → language → revision of its script, and that of the script which was dubbed last."""
        rows = self._db.rows(
            "SELECT * FROM script_revisions WHERE list_contains(CAST(? AS BIGINT[]), task_id) ORDER BY language", [list(task_ids)]
        )
        found: dict[int, dict[str, tuple[int, int]]] = {}
        for row in rows:
            found.setdefault(row["task_id"], {})[row["language"]] = (row["revision"], row["dubbed"])
        return found

    def list_former_texts(self, task_id: int, language: str, revision: int) -> Mapping[tuple[int, CellName], str]:
        """(Line number, cell) → its text at a revision, of cells that changed since."""
        rows = self._db.rows(
            """SELECT number, cell, arg_min(before, revision) AS before FROM script_changes
               WHERE task_id = ? AND language = ? AND revision > ? AND cell <> ? GROUP BY number, cell""",
            [task_id, language, revision, VOICE],
        )
        return {(row["number"], CellName(row["cell"])): row["before"] for row in rows}

    def list_changed_voices(self, task_id: int, language: str, revision: int) -> tuple[str, ...]:
        """Labels of the speakers whose voice or merge changed since a revision."""
        rows = self._db.rows(
            """SELECT DISTINCT before FROM script_changes
               WHERE task_id = ? AND language = ? AND revision > ? AND cell = ? ORDER BY before""",
            [task_id, language, revision, VOICE],
        )
        return tuple(row["before"] for row in rows)
