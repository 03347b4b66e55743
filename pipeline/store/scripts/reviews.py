"""Reviews of lines in the store: the verdict of a person on each, with the text that it was given for."""

from collections.abc import Sequence

from pipeline.errors import NotFound
from pipeline.store.database.database import Database, now
from pipeline.values.monitoring.task_events import TaskEdited
from pipeline.values.script import LineReview, ReviewChange, ReviewProgress, ReviewVerdict

# Lines to review with their present text: all but deleted ones and those that keep the original audio on purpose.
REVIEWED_LINES = """
    SELECT lines.task_id, lines.language, lines.number, coalesce(edits.text, lines.text) AS present
    FROM lines LEFT JOIN edits USING (task_id, language, number) LEFT JOIN edits AS film
         ON film.task_id = lines.task_id AND film.language = '' AND film.number = lines.number AND NOT lines.subtitled
    WHERE lines.text_source NOT IN ('skip', 'original') AND edits.skip IS NOT TRUE
          AND coalesce(edits.deleted, film.deleted) IS NOT TRUE
"""


class Reviews:
    """Queries and writes of reviews. They do not change the dub, and queue nothing."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_reviews(self, task_id: int, language: str) -> tuple[LineReview, ...]:
        """The reviews of one dub, in order of the lines that it has."""
        rows = self._db.rows(
            f"""SELECT number, language, verdict, text, reviewed_at, text = present AS is_current
                FROM line_reviews JOIN ({REVIEWED_LINES}) AS lines USING (task_id, language, number)
                WHERE task_id = ? AND language = ? ORDER BY number""",  # noqa: S608 -- a constant
            [task_id, language],
        )
        return tuple(LineReview(**row | {"verdict": ReviewVerdict(row["verdict"])}) for row in rows)

    def put_reviews(self, task_id: int, language: str, changes: Sequence[ReviewChange]) -> None:
        """Write reviews of one dub, all or none. Idempotent: one that is there already keeps its time. NotFound."""
        with self._db.transaction():
            present = {
                row["number"]: row["present"]
                for row in self._db.rows(
                    f"SELECT number, present FROM ({REVIEWED_LINES}) WHERE task_id = ? AND language = ?",  # noqa: S608 -- a constant
                    [task_id, language],
                )
            }
            before = {review.number: (review.verdict, review.text) for review in self.list_reviews(task_id, language)}
            rows: dict[int, dict[str, object]] = {}
            for change in changes:
                if change.number not in present:
                    raise NotFound(
                        f"line {change.number} of task {task_id} in {language!r} is not one to review; GET its reviews for those that are"
                    )
                if change.verdict is None:
                    self._db.execute(
                        "DELETE FROM line_reviews WHERE task_id = ? AND language = ? AND number = ?",
                        [task_id, language, change.number],
                    )
                    continue
                text = present[change.number] if change.text is None else change.text
                if before.get(change.number) != (change.verdict, text):
                    rows[change.number] = {"number": change.number, "verdict": str(change.verdict), "text": text}
            which = {"task_id": task_id, "language": language, "reviewed_at": now()}
            self._db.replace("line_reviews", [which | row for row in rows.values()])
            self._db.record_event(TaskEdited(task_id))

    def measure_begun(self, task_ids: Sequence[int]) -> dict[int, ReviewProgress]:
        """Task → progress of its review, over all its dubs; only of tasks of which a line has been reviewed."""
        rows = self._db.rows(
            "SELECT DISTINCT task_id FROM line_reviews WHERE list_contains(CAST(? AS BIGINT[]), task_id)", [list(task_ids)]
        )
        return self.measure_progress([row["task_id"] for row in rows]) if rows else {}

    def measure_progress(self, task_ids: Sequence[int], language: str | None = None) -> dict[int, ReviewProgress]:
        """Task → progress of the review of its dubs, of one language or all together; of tasks that have lines."""
        rows = self._db.rows(
            f"""SELECT task_id, count(*) AS lines,
                       count(*) FILTER (text = present AND verdict <> 'skipped') AS reviewed,
                       count(*) FILTER (text = present AND verdict = 'skipped') AS skipped
                FROM ({REVIEWED_LINES}) AS lines LEFT JOIN line_reviews USING (task_id, language, number)
                WHERE list_contains(CAST($1 AS BIGINT[]), task_id) AND ($2 IS NULL OR language = $2) GROUP BY task_id""",  # noqa: S608 -- a constant
            [list(task_ids), language],
        )
        return {row["task_id"]: ReviewProgress(row["lines"], row["reviewed"], row["skipped"]) for row in rows}
