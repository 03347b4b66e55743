"""Task queue: submission, listing, retry, cancellation, purge and deletion of tasks. Workers claim them by `task_leases`."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from pipeline.errors import NotFound
from pipeline.store.database.database import Database, now
from pipeline.store.monitoring.totals import Totals
from pipeline.store.task_changes import (
    apply_to_each,
    delete_rows,
    drop_cache,
    refuse_action,
    requeue_task,
    write_cancellation,
    write_glossary,
    write_preview,
    write_rule,
    write_tracks,
    write_urgency,
)
from pipeline.store.task_lists import task_list
from pipeline.store.task_rows import make_columns, read_task
from pipeline.values.monitoring.task_events import StatusChanged, TaskAdded, TaskDeleted, TaskEdited
from pipeline.values.preview import PreviewRange
from pipeline.values.task_lists.bulk import BulkAction, BulkResult
from pipeline.values.task_lists.submission import Submission
from pipeline.values.task_lists.task_query import TaskFilter, TaskQuery
from pipeline.values.tasks import DubRequest, Priority, Task, TaskStatus
from pipeline.values.track_selection import TrackSelection


class Tasks:
    """Queries and writes of tasks."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._totals = Totals(database)

    def get(self, task_id: int) -> Task:
        """The task of this id, or NotFound."""
        row = self._db.row("SELECT * FROM tasks WHERE id = ?", [task_id])
        if row is None:
            raise NotFound(f"there is no task {task_id}; ./dubarr status --all and GET /api/tasks list them")
        return read_task(row)

    def list_by_ids(self, task_ids: Sequence[int]) -> tuple[Task, ...]:
        """The tasks of these ids, newest first; unknown ids are left out."""
        rows = self._db.rows(
            "SELECT * FROM tasks WHERE list_contains(CAST(? AS BIGINT[]), id) ORDER BY id DESC", [list(task_ids)]
        )
        return tuple(read_task(row) for row in rows)

    def list_newest(
        self, *, status: TaskStatus | None = None, search: str | None = None, limit: int = 100, offset: int = 0
    ) -> tuple[tuple[Task, ...], int]:
        """Page of tasks by creation, newest first, and the total number. `search`: words in the film's path, in any order and case."""
        return self.list_page(TaskQuery(TaskFilter(status, search or ""), limit=limit, offset=offset))

    def list_page(self, query: TaskQuery) -> tuple[tuple[Task, ...], int]:
        """Page of tasks in its order, and the number of all tasks of its filter."""
        return task_list.list_page(self._db, query)

    def list_ids(self, task_filter: TaskFilter, limit: int) -> tuple[int, ...]:
        """Ids of the tasks of a filter, newest first, at most `limit`."""
        return task_list.list_ids(self._db, task_filter, limit)

    def list_by_path(self, path: Path) -> tuple[Task, ...]:
        """Every task of the file at this path, newest first."""
        return tuple(read_task(row) for row in self._db.rows("SELECT * FROM tasks WHERE path = ? ORDER BY id DESC", [str(path)]))

    def list_by_version(self, size: int, mtime_ns: int) -> tuple[Task, ...]:
        """Every task of a file of this size and time, newest first, whatever its path."""
        rows = self._db.rows("SELECT * FROM tasks WHERE size = ? AND mtime_ns = ? ORDER BY id DESC", [size, mtime_ns])
        return tuple(read_task(row) for row in rows)

    def find_newest_ids_by_path(self, paths: Sequence[str]) -> dict[str, int]:
        """Path → id of the newest task of the file, for those of the paths that have one."""
        rows = self._db.rows(
            "SELECT path, max(id) AS id FROM tasks WHERE list_contains(CAST(? AS VARCHAR[]), path) GROUP BY path", [list(paths)]
        )
        return {row["path"]: row["id"] for row in rows}

    def find_by_output(self, path: Path) -> Task | None:
        """The newest task whose output is at this path, None where there is none."""
        row = self._db.row("SELECT * FROM tasks WHERE output = ? ORDER BY id DESC", [str(path)])
        return read_task(row) if row else None

    def count_by_status(self) -> dict[str, int]:
        """Number of tasks of each status, 0 included."""
        return task_list.count_by_status(self._db)

    def find_queue_positions(self, task_ids: Sequence[int]) -> dict[int, int]:
        """Queued task's id → its position in the queue, from 1, in the order in which workers claim."""
        return task_list.find_queue_positions(self._db, task_ids)

    def submit(self, request: DubRequest) -> Submission:
        """Queue a film. A request for the same file (path, size, mtime) gets the same task: one that ended without a dub, lacks a language,
        or was for other chosen tracks or another glossary is queued again; any other is unchanged. The more urgent priority, tracks chosen
        before and the last callback are kept. NotPossible, as `change_tracks`."""
        with self._db.transaction():
            row = self._db.row(
                "SELECT * FROM tasks WHERE path = ? AND size = ? AND mtime_ns = ?",
                [str(request.path), request.size, request.mtime_ns],
            )
            if row is None:
                columns = make_columns(request) | {"created_at": now()}
                names, marks = ", ".join(columns), ", ".join("?" * len(columns))
                (made,) = self._db.execute(f"INSERT INTO tasks ({names}) VALUES ({marks}) RETURNING *", list(columns.values()))  # noqa: S608
                self._db.record_event(TaskAdded(made["id"], str(request.path), request.target_langs))
                return Submission(read_task(made), queued=True, created=True)
            write_urgency(self._db, read_task(row), request)
            task = self.get(row["id"])
            languages = tuple(dict.fromkeys((*task.target_langs, *request.target_langs)))
            tracks = TrackSelection(request.audio_track or task.audio_track, request.subtitle_track or task.subtitle_track)
            is_changed = write_preview(self._db, task, request.preview)
            is_changed |= bool(request.glossary) and write_glossary(self._db, task.id, request.glossary)
            if not is_changed and languages == task.target_langs and tracks == task.selection and not task.status.can_retry:
                return Submission(task, queued=False)
            write_tracks(self._db, task, tracks)
            write_rule(self._db, task.id, request)
            return Submission(requeue_task(self._db, task.id, languages), queued=True)

    def add_languages(self, task_id: int, target_langs: tuple[str, ...]) -> Task:
        """Add target languages; a finished task is queued again for them, its cached stages stay."""
        with self._db.transaction():
            task = self.get(task_id)
            languages = tuple(dict.fromkeys((*task.target_langs, *target_langs)))
            return task if languages == task.target_langs else requeue_task(self._db, task_id, languages)

    def change_tracks(self, task_id: int, tracks: TrackSelection) -> Task:
        """Change the tracks that a person chose; the task is queued again for them. NotPossible where lines of it are edited."""
        with self._db.transaction():
            task = self.get(task_id)
            if tracks == task.selection:
                return task
            write_tracks(self._db, task, tracks)
            return requeue_task(self._db, task_id, task.target_langs)

    def change_preview(self, task_id: int, preview: PreviewRange | None) -> Task:
        """Change the part that a preview dubs; None: dub the whole film from now on. NotPossible where it is dubbed whole."""
        with self._db.transaction():
            task = self.get(task_id)
            if not write_preview(self._db, task, preview, strict=True):
                return task
            return requeue_task(self._db, task_id, task.target_langs)

    def retry(self, task_id: int, *, strict: bool = False) -> Task:
        """Queue a task again that failed, or was cancelled or skipped; any other is unchanged: NotPossible, where `strict`."""
        with self._db.transaction():
            task = self.get(task_id)
            if task.status.can_retry:
                return requeue_task(self._db, task_id, task.target_langs)
            return refuse_action(task, "retry") if strict else task

    def requeue(self, task_id: int) -> Task:
        """Queue a task again in any state; its present worker loses the lease."""
        with self._db.transaction():
            return requeue_task(self._db, task_id, self.get(task_id).target_langs)

    def cancel(self, task_id: int, *, strict: bool = False) -> Task:
        """Cancel a queued or processing task: it ends in CANCELLED, and its worker loses the lease. Any other is unchanged:
        NotPossible, where `strict`.
        """
        with self._db.transaction():
            task = self.get(task_id)
            if not task.status.is_active:
                return refuse_action(task, "cancel") if strict else task
            row = write_cancellation(self._db, task)
            self._totals.count_end(task_id, TaskStatus.CANCELLED, "Cancelled")
            self._db.record_event(StatusChanged(task_id, TaskStatus.CANCELLED, row["error"]))
            return read_task(row)

    def purge(self, task_id: int) -> tuple[Task, tuple[str, ...]]:
        """Remove the task's cached answers and queue it again. Returns the files that are garbage now."""
        with self._db.transaction():
            task = requeue_task(self._db, task_id, self.get(task_id).target_langs)
            return task, drop_cache(self._db, task_id)

    def delete(self, task_id: int) -> tuple[Task, tuple[str, ...]]:
        """Delete the task and all its rows; never the film. Returns the files that are garbage now."""
        with self._db.transaction():
            task = self.get(task_id)
            takes = self._db.rows("SELECT audio FROM takes WHERE task_id = ?", [task_id])
            delete_rows(self._db, task_id)
            self._db.record_event(TaskDeleted(task_id))
            return task, (*drop_cache(self._db, task_id), *(row["audio"] for row in takes))

    def set_priority(self, task_id: int, priority: Priority) -> Task:
        """Set the priority in the queue; a task that has ended keeps it for its next run."""
        with self._db.transaction():
            sql = "UPDATE tasks SET priority = ? WHERE id = ? RETURNING *"
            (row,) = self._db.execute(sql, [int(priority), self.get(task_id).id])
            self._db.record_event(TaskEdited(task_id))
            return read_task(row)

    def change_many(
        self, action: BulkAction, task_ids: Sequence[int], *, priority: Priority = Priority.INTERACTIVE
    ) -> BulkResult:
        """Apply an action to many tasks in one transaction; one that is refused refuses no other. `priority`: for that action."""
        changes: dict[BulkAction, Callable[[int], object]] = {
            BulkAction.RETRY: partial(self.retry, strict=True),
            BulkAction.CANCEL: partial(self.cancel, strict=True),
            BulkAction.PURGE: self.purge,
            BulkAction.DELETE: self.delete,
            BulkAction.PRIORITY: partial(self.set_priority, priority=priority),
        }
        with self._db.transaction():
            return apply_to_each(changes[action], task_ids)

    def move_path(self, previous: Path, path: Path, outputs: Mapping[Path, Path] | None = None) -> int:
        """Change the path of the tasks of a renamed file. `outputs`: new paths of dubs that were renamed with it. Returns their number."""
        outputs = {previous: path} | dict(outputs or {})  # a film that was dubbed in its own place is its output
        with self._db.transaction():
            moved = self._db.execute("UPDATE tasks SET path = ? WHERE path = ? RETURNING id, output", [str(path), str(previous)])
            for row in moved:
                if row["output"] and (output := outputs.get(Path(row["output"]))):
                    self._db.execute("UPDATE tasks SET output = ? WHERE id = ?", [str(output), row["id"]])
            self._db.record_event(*(TaskEdited(row["id"]) for row in moved))
            return len(moved)

    def cancel_unfinished(self, path: Path, *, kept: tuple[int, int] | None = None) -> int:
        """Delete the tasks of a deleted or replaced file that are not DONE; a worker loses its lease. Returns their number.

        `kept`: size and mtime_ns of the file that is there now, whose task stays.
        """
        with self._db.transaction():
            tasks = [task for task in self.list_by_path(path) if task.status is not TaskStatus.DONE]
            doomed = [task.id for task in tasks if (task.size, task.mtime_ns) != kept]
            for task_id in doomed:
                self.delete(task_id)
            return len(doomed)

    def list_unfinished_below(self, folder: Path) -> tuple[Task, ...]:
        """Every task of a file below this folder that is not DONE."""
        rows = self._db.rows("SELECT * FROM tasks WHERE status <> 'DONE' AND starts_with(path, ?) ORDER BY id", [f"{folder}/"])
        return tuple(read_task(row) for row in rows)
