"""Stage cache and stage runs in the store. Every write presents its lease (LeaseLost)."""

from collections.abc import Sequence
from dataclasses import asdict

from pipeline.errors import NotPossible
from pipeline.store.database.connection import Row
from pipeline.store.database.database import Database, now
from pipeline.store.database.tables.speech_tables import LOCKED_TAKES
from pipeline.store.monitoring.totals import Totals
from pipeline.store.task_leases import Leases
from pipeline.store.tasks import Tasks
from pipeline.values.monitoring.task_events import StageChanged
from pipeline.values.tasks import CacheRow, Lease, StageRun, StageStatus


def build_answer_query(task_id: int, stage: str) -> str:
    """A user's query for the newest answer (JSON) of a stage that runs once a film, for `Client.query`."""
    if not stage.isidentifier():
        raise ValueError(f"{stage!r} is no name of a stage")
    return (
        "SELECT answer FROM cache JOIN cache_uses USING (key) "  # noqa: S608 -- a number and an identifier
        f"WHERE task_id = {task_id:d} AND stage = '{stage}' ORDER BY made_at DESC LIMIT 1"
    )


class Stages:
    """Queries and writes of cached answers and stage runs."""

    def __init__(self, database: Database, tasks: Tasks, leases: Leases) -> None:
        self._db = database
        self._tasks = tasks
        self._leases = leases
        self._totals = Totals(database)

    def read_answers(self, keys: Sequence[str]) -> dict[str, str]:
        """Key → answer (JSON) of those keys that have one."""
        rows = self._db.rows("SELECT key, answer FROM cache WHERE key IN (SELECT unnest(?))", [list(keys)])
        return {row["key"]: row["answer"] for row in rows}

    def write_answers(self, lease: Lease, rows: Sequence[CacheRow]) -> None:
        """Write answers, and the task's references to them."""
        with self._db.transaction():
            self._leases.require_lease(lease)
            at = now()
            self._db.replace("cache", [asdict(row) | {"files": list(row.files), "made_at": at} for row in rows])
            self.record_uses(lease, [row.key for row in rows])

    def record_uses(self, lease: Lease, keys: Sequence[str]) -> None:
        """Write the task's references to these answers."""
        task = self._tasks.get(lease.task_id)
        uses = [{"task_id": task.id, "key": key, "attempt": task.attempts} for key in dict.fromkeys(keys)]
        self._db.replace("cache_uses", uses)

    def list_current_answers(self, task_id: int, stage: str, *, most_bytes: int) -> tuple[str, ...]:
        """The answers (JSON) that the last attempt which ran a stage got of it, in the order in which they were made. None where it
        has not run, or in a release that did not record attempts. NotFound, NotPossible where they are longer than `most_bytes`.
        """
        self._tasks.get(task_id)
        last = self._db.row("SELECT max(attempt) AS attempt FROM stage_runs WHERE task_id = ? AND name = ?", [task_id, stage])
        which = [task_id, last["attempt"] if last else None, stage]
        current = "FROM cache JOIN cache_uses USING (key) WHERE task_id = ? AND attempt = ? AND stage = ?"
        size = self._db.row(f"SELECT coalesce(sum(strlen(answer)), 0) AS bytes {current}", which)
        if size is not None and size["bytes"] > most_bytes:
            raise NotPossible(
                f"the answers of stage {stage} of task {task_id} have {size['bytes'] / 1e6:.0f} MB, more than {most_bytes / 1e6:.0f}; "
                "read them in parts by POST /api/query from the table cache"
            )
        rows = self._db.rows(f"SELECT answer {current} ORDER BY made_at, key", which)
        return tuple(row["answer"] for row in rows)

    def list_answers_with_files(self, after: str, limit: int) -> tuple[CacheRow, ...]:
        """Answers that name files, in the order of their keys, from the first key after `after` on."""
        rows = self._db.rows(
            "SELECT key, stage, answer, files FROM cache WHERE len(files) > 0 AND key > ? ORDER BY key LIMIT ?", [after, limit]
        )
        return tuple(CacheRow(row["key"], row["stage"], row["answer"], tuple(row["files"])) for row in rows)

    def list_artifact_folders(self) -> frozenset[str]:
        """Folders in the artifacts folder that hold a file of an answer, a candidate or a locked take; every other is garbage."""
        rows = self._db.rows(
            f"""SELECT DISTINCT split_part(unnest(files), '/', 1) AS folder FROM cache
                UNION SELECT DISTINCT split_part(audio, '/', 1) FROM (SELECT audio FROM takes UNION ALL {LOCKED_TAKES})"""  # noqa: S608 -- ours
        )
        return frozenset(row["folder"] for row in rows)

    def record_run(self, lease: Lease, run: StageRun) -> None:
        """Write the start or the end of a stage's run."""
        with self._db.transaction():
            self._leases.require_lease(lease)
            self._totals.count_run(lease.task_id, run)
            row = asdict(run) | {"task_id": lease.task_id, "status": str(run.status), "language": run.language or ""}
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            self._db.execute(f"INSERT OR REPLACE INTO stage_runs ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608
            self._db.record_event(StageChanged(lease.task_id, run))

    def list_runs(self, task_id: int) -> tuple[StageRun, ...]:
        """Every run of every stage of a task, in order of time."""
        self._tasks.get(task_id)  # NotFound for an unknown one
        rows = self._db.rows("SELECT * FROM stage_runs WHERE task_id = ? ORDER BY started_at, attempt", [task_id])
        return tuple(_run(row) for row in rows)

    def list_latest_runs(self, task_id: int) -> tuple[StageRun, ...]:
        """The last run of each stage and language, in order of time: the state of the task's stages."""
        return _latest(self.list_runs(task_id))

    def list_latest_runs_of(self, task_ids: Sequence[int]) -> dict[int, tuple[StageRun, ...]]:
        """`list_latest_runs` of many tasks at once; none for a task that is not there."""
        if not task_ids:
            return {}
        rows = self._db.rows(
            "SELECT * FROM stage_runs WHERE task_id IN (SELECT unnest(?)) ORDER BY started_at, attempt", [list(task_ids)]
        )
        return {task_id: _latest([_run(row) for row in rows if row["task_id"] == task_id]) for task_id in task_ids}


def _latest(runs: Sequence[StageRun]) -> tuple[StageRun, ...]:
    latest = {(run.name, run.language): run for run in runs}
    return tuple(sorted(latest.values(), key=lambda run: run.started_at))


def _run(row: Row) -> StageRun:
    return StageRun(
        name=row["name"],
        language=row["language"] or None,
        attempt=row["attempt"],
        status=StageStatus(row["status"]),
        started_at=row["started_at"],
        seconds=row["seconds"],
        executed=row["executed"],
        reused=row["reused"],
        error=row["error"],
        cpu_seconds=row["cpu_seconds"] or 0.0,
        gpu_seconds=row["gpu_seconds"] or 0.0,
        engine=row["engine"] or "",
    )
