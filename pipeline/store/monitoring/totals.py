"""Totals for metrics, written in the transaction of what they count: they survive restarts and the deletion of tasks, and a write
that is repeated because its acknowledgement was lost counts once.
"""

import math
from itertools import groupby

from pipeline.store.database.connection import Row
from pipeline.store.database.database import Database, now
from pipeline.store.monitoring.outbox import Outbox
from pipeline.values.monitoring.totals import STAGE_BUCKETS_S, EndedTotal, StageTotal, StoreTotals
from pipeline.values.tasks import Priority, StageRun, StageStatus, TaskStatus


class Totals:
    """Counters of the store. The caller of a count holds a transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def read_totals(self) -> StoreTotals:
        """Read all totals: some hundred rows at most, however many tasks there are, beside one count of the tasks."""
        queue = self._db.rows(
            "SELECT status, coalesce(priority, 0) AS priority, count(*) AS tasks FROM tasks GROUP BY ALL ORDER BY ALL"
        )
        rows = self._db.rows("SELECT * FROM stage_totals ORDER BY stage, engine, upper_bound")
        ended = self._db.rows("SELECT * FROM ended_totals ORDER BY status, reason")
        return StoreTotals(
            {(TaskStatus(row["status"]), Priority(row["priority"])): row["tasks"] for row in queue},
            tuple(_join_buckets(list(group)) for _, group in groupby(rows, lambda row: (row["stage"], row["engine"]))),
            tuple(EndedTotal(**row | {"status": TaskStatus(row["status"])}) for row in ended),
            Outbox(self._db).read_status(),
        )

    def count_run(self, task_id: int, run: StageRun) -> None:
        """Count the end of a stage's run, before its row is written: the difference to the row of its beginning."""
        before = self._db.row(
            """SELECT status, seconds, executed, reused FROM stage_runs
               WHERE task_id = ? AND attempt = ? AND name = ? AND language = ?""",
            [task_id, run.attempt, run.name, run.language or ""],
        )
        if run.status is not StageStatus.DONE or (before and before["status"] == StageStatus.DONE):
            return  # an end that is told again
        seconds, executed, reused = ((before[name] if before else 0) for name in ("seconds", "executed", "reused"))
        seconds, executed, reused = run.seconds - seconds, run.executed - executed, run.reused - reused
        bound = next((bound for bound in STAGE_BUCKETS_S if seconds <= bound), math.inf)
        runs, seconds = (1, seconds) if executed else (0, 0.0)  # an answer from the cache takes no time of the stage's
        self._db.execute(
            """INSERT INTO stage_totals (stage, engine, upper_bound, runs, seconds, executed, reused) VALUES (?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET runs = runs + excluded.runs, seconds = seconds + excluded.seconds,
                   executed = executed + excluded.executed, reused = reused + excluded.reused""",
            [run.name, run.engine, bound, runs, seconds, executed, reused],
        )

    def count_end(self, task_id: int, status: TaskStatus, reason: str) -> None:
        """Count the end of a task that is still PROCESSING, or waits. `reason`: the class of the error, "" for DONE."""
        film = work = lines = 0.0
        if status is TaskStatus.DONE and (dub := self._measure_dub(task_id)):
            film, work, lines = dub["film"], max(0.0, dub["work"]), dub["lines"]
        self._db.execute(
            """INSERT INTO ended_totals (status, reason, tasks, film_seconds, work_seconds, lines) VALUES (?, ?, 1, ?, ?, ?)
               ON CONFLICT DO UPDATE SET tasks = tasks + 1, film_seconds = film_seconds + excluded.film_seconds,
                   work_seconds = work_seconds + excluded.work_seconds, lines = lines + excluded.lines""",
            [status, reason, film, work, lines],
        )

    def _measure_dub(self, task_id: int) -> Row | None:
        """Seconds of film times languages, seconds of work and lines of the attempt that ends; None where most came from the cache."""
        return self._db.row(
            """SELECT len(target_langs) * coalesce(CASE WHEN preview_only THEN preview_until - preview_from ELSE duration END, 0) AS film,
                      epoch(?) - epoch(started_at) AS work, (SELECT count(*) FROM lines WHERE task_id = tasks.id) AS lines
               FROM tasks WHERE id = ? AND (SELECT sum(executed) >= sum(reused) FROM stage_runs
                                            WHERE task_id = tasks.id AND attempt = tasks.attempts AND status = 'DONE')""",
            [now(), task_id],
        )


def _join_buckets(rows: list[Row]) -> StageTotal:
    """Total of one stage and engine, of the rows of its buckets."""
    sums = {name: sum(row[name] for row in rows) for name in ("seconds", "executed", "reused")}
    return StageTotal(rows[0]["stage"], rows[0]["engine"], {row["upper_bound"]: row["runs"] for row in rows}, **sums)
