"""Changes of tasks: the tracks that one is dubbed from, the part that is dubbed first, its glossary; its rows in other tables, its
cached answers; one change of many tasks.
"""

from collections.abc import Callable, Sequence
from typing import NoReturn

from pipeline.errors import NotPossible, UsersFault
from pipeline.store.database.connection import Row
from pipeline.store.database.database import Database, now
from pipeline.store.database.tables.speech_tables import LOCKED_TAKES
from pipeline.store.task_rows import read_task
from pipeline.values.monitoring.task_events import StatusChanged, TaskEdited
from pipeline.values.preview import PreviewRange
from pipeline.values.task_lists.bulk import BulkOutcome, BulkResult
from pipeline.values.tasks import DubRequest, Task, TaskStatus
from pipeline.values.track_selection import TrackSelection

TASK_TABLES = (  # tables with rows of a task
    *("stage_runs", "lines", "edits", "added_lines", "speaker_edits", "voices", "voice_choices", "reports", "speakers"),
    *(
        "translations",
        "script_revisions",
        "script_changes",
        "dub_files",
        "spoken_voices",
        "deliveries",
        "takes",
        "line_reviews",
        "deleted_lines",
    ),
)


def write_tracks(database: Database, task: Task, tracks: TrackSelection) -> None:
    """Write the tracks that a person chose. NotPossible where that changes the lines under their edits, which are kept by number."""
    if tracks == task.selection:
        return
    if _count_edits(database, task):
        raise NotPossible(f"task {task.id} has edited lines, which other tracks would not have; delete the task to choose anew")
    database.execute(
        "UPDATE tasks SET audio_track = ?, subtitle_track = ? WHERE id = ?", [tracks.audio, tracks.subtitles, task.id]
    )


def write_preview(database: Database, task: Task, preview: PreviewRange | None, *, strict: bool = False) -> bool:
    """Write the part of the film that a task dubs; None: the whole film. True where that changes the task.

    A film that is dubbed whole, or was asked for whole, stays so: NotPossible, where `strict`. NotPossible for another part while
    lines of the preview are edited.
    """
    if preview is None:
        return task.preview_only and _dub_whole(database, task)
    if not task.preview_only:
        if strict:
            raise NotPossible(f"task {task.id} dubs the whole film already; a preview comes before that")
        return False
    if preview == task.preview:
        return False
    if _count_edits(database, task):
        raise NotPossible(
            f"task {task.id} has edited lines of its preview, which another part would not have; dub the whole film"
        )
    database.execute(
        "UPDATE tasks SET preview_from = ?, preview_until = ?, preview_lines = TRUE WHERE id = ?",
        [preview.start, preview.end, task.id],
    )
    return True


def requeue_task(database: Database, task_id: int, languages: tuple[str, ...]) -> Task:
    """Queue a task again in any state, for these languages; its present worker loses the lease."""
    (row,) = database.execute(
        """UPDATE tasks SET status = 'QUEUED', target_langs = ?, error = NULL, done = 0, total = 0, stage = '', part = 0,
               started_at = NULL, finished_at = NULL, owner = NULL, lease_until = NULL, callback_error = NULL, token = token + 1
           WHERE id = ? RETURNING *""",
        [list(languages), task_id],
    )
    database.record_event(StatusChanged(task_id, TaskStatus.QUEUED))
    return read_task(row)


def write_urgency(database: Database, task: Task, request: DubRequest) -> None:
    """Write the priority of another request for a task where it is more urgent, and that it waits no longer; and its callback."""
    urgent, forced = request.priority < task.priority, request.not_before is None and task.not_before is not None
    if urgent:
        database.execute("UPDATE tasks SET priority = ? WHERE id = ?", [int(request.priority), task.id])
    if forced:
        database.execute("UPDATE tasks SET not_before = NULL WHERE id = ?", [task.id])
    if request.callback not in {"", task.callback}:
        database.execute("UPDATE tasks SET callback = ? WHERE id = ?", [request.callback, task.id])
    if urgent or forced:
        database.record_event(TaskEdited(task.id))


def write_glossary(database: Database, task_id: int, glossary: str) -> bool:
    """Write the glossary of a task. True where that changes it."""
    changed = "UPDATE tasks SET glossary = ? WHERE id = ? AND coalesce(glossary, '') <> ? RETURNING id"
    return bool(database.execute(changed, [glossary, task_id, glossary]))


def write_rule(database: Database, task_id: int, request: DubRequest) -> None:
    """Write the rule of a request, with its voices and engines, to a task that is queued again for it."""
    preferences = [list(request.preferences.voices), list(request.preferences.format_engines())]
    database.execute("UPDATE tasks SET rule = ?, voices = ?, engines = ? WHERE id = ?", [request.rule, *preferences, task_id])


def _dub_whole(database: Database, task: Task) -> bool:
    """Let a task dub the whole film. The lines of a preview that was finished stay as they are; any other is forgotten."""
    database.execute("UPDATE tasks SET preview_only = FALSE, duration = NULL WHERE id = ?", [task.id])
    if task.output is None:
        database.execute(
            "UPDATE tasks SET preview_from = NULL, preview_until = NULL, preview_lines = FALSE WHERE id = ?", [task.id]
        )
    return True


def _count_edits(database: Database, task: Task) -> int:
    row = database.row(
        "SELECT (SELECT count(*) FROM edits WHERE task_id = $1) + (SELECT count(*) FROM added_lines WHERE task_id = $1) AS n",
        [task.id],
    )
    return row["n"] if row else 0


def write_cancellation(database: Database, task: Task) -> Row:
    """End a task in CANCELLED; its worker loses the lease. Returns its row."""
    where = f"at {task.progress.stage}" if task.progress.stage else "before it began"
    (row,) = database.execute(
        """UPDATE tasks SET status = 'CANCELLED', finished_at = ?, error = ?, owner = NULL, lease_until = NULL, token = token + 1
           WHERE id = ? RETURNING *""",
        [now(), f"cancelled {where}; retry goes on where it stopped", task.id],
    )
    return row


def refuse_action(task: Task, action: str) -> NoReturn:
    """Refuse an action that does nothing to a task: NotPossible."""
    raise NotPossible(f"task {task.id} is {task.status.lower()}: there is nothing to {action}")


def delete_rows(database: Database, task_id: int) -> None:
    """Delete a task and its rows in every table."""
    for table in TASK_TABLES:
        database.execute(f"DELETE FROM {table} WHERE task_id = ?", [task_id])  # noqa: S608 -- our names
    database.execute("DELETE FROM tasks WHERE id = ?", [task_id])


def drop_cache(database: Database, task_id: int) -> tuple[str, ...]:
    """Drop the cached answers that a task refers to. Returns the files that are garbage now."""
    dropped = database.execute(
        "DELETE FROM cache WHERE key IN (SELECT key FROM cache_uses WHERE task_id = ?) RETURNING files", [task_id]
    )
    database.execute("DELETE FROM cache_uses WHERE task_id = ?", [task_id])
    kept = {row["file"] for row in database.rows("SELECT DISTINCT unnest(files) AS file FROM cache")}
    kept |= {row["audio"] for row in database.rows(LOCKED_TAKES)}
    # An answer may refer to another film's file: a voice that is used in a whole series.
    return tuple(file for row in dropped for file in row["files"] if file not in kept)


def apply_to_each(change: Callable[[int], object], task_ids: Sequence[int]) -> BulkResult:
    """Apply a change to each task; a refusal is the outcome of that task alone. A change may return files that are garbage then."""
    outcomes, garbage = [], []
    for task_id in dict.fromkeys(task_ids):
        try:
            done = change(task_id)
        except UsersFault as error:
            outcomes.append(BulkOutcome(task_id, str(error)))
            continue
        outcomes.append(BulkOutcome(task_id))
        if isinstance(done, tuple):  # a purge and a deletion: the task, and the files
            garbage += done[1]
    return BulkResult(tuple(outcomes), tuple(garbage))
