"""Edits of lines in the store: a batch is planned on the scripts as they stand, and written in one transaction."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from pipeline.script.edit_batch import BatchResult, EditBatch
from pipeline.script.edit_planning import BatchPlan, plan_batch
from pipeline.script.film_scripts import FilmScripts
from pipeline.store.casting import Casting
from pipeline.store.database.database import Database, now
from pipeline.store.lines import Lines
from pipeline.store.scripts.revisions import Revisions
from pipeline.store.tasks import Tasks
from pipeline.values.edits import Edit, resolve_merged_speaker
from pipeline.values.monitoring.task_events import TaskEdited
from pipeline.values.tasks import Task


class LineEdits:
    """Writes of line edits. The caller holds a transaction."""

    def __init__(self, database: Database, tasks: Tasks, lines: Lines, cast: Casting) -> None:
        self._db = database
        self._tasks = tasks
        self._lines = lines
        self._cast = cast
        self._revisions = Revisions(database)

    def apply(self, task: Task, batch: EditBatch, *, is_atomic: bool = False, is_dry_run: bool = False) -> BatchResult:
        """Write what can be written of a batch, and queue the task again where that changes a dub. `is_atomic`: all or none; the first
        refusal is raised. `is_dry_run`: plan alone. NotFound, EditRefused.
        """
        scripts = self._load(task, batch)
        plan = plan_batch(scripts, batch)
        if is_atomic and plan.refused:
            raise plan.refused[0].make_error()
        if is_dry_run:
            return BatchResult(task, plan.applied, plan.conflicts, plan.refused, plan.numbers, scripts.revisions)
        self._write(task.id, plan)
        self._db.record_event(TaskEdited(task.id))
        if plan.added or any(_changes_dub(edit, scripts.edits.get((edit.language, edit.number))) for edit in plan.edits):
            self._revisions.record_changes(task.id, scripts.rows.values(), self._lines.list_lines(task.id))
            task = self._tasks.requeue(task.id)
        revisions = {tag: number for tag, (number, _) in self._revisions.list_numbers([task.id]).get(task.id, {}).items()}
        return BatchResult(task, plan.applied, plan.conflicts, plan.refused, plan.numbers, revisions)

    def _load(self, task: Task, batch: EditBatch) -> FilmScripts:
        rows = {(row.language, row.number): row for row in self._lines.list_lines(task.id)}
        members = self._cast.get_cast(task.id).members
        merges = {member.label: member.merged_into for member in members}
        labels = {member.label for member in members} | {row.speaker for row in rows.values() if row.speaker}
        numbers = self._revisions.list_numbers([task.id]).get(task.id, {})
        return FilmScripts(
            task=task,
            rows=rows,
            edits={(edit.language, edit.number): edit for edit in self._lines.list_edits(task.id)},
            speakers={label: resolve_merged_speaker(label, merges) for label in labels},
            subtitled=frozenset(row.language for row in rows.values() if row.subtitled),
            revisions={tag: number for tag, (number, _) in numbers.items()},
            based_on=batch.based_on,
            former={tag: self._revisions.list_former_texts(task.id, tag, based_on) for tag, based_on in batch.based_on.items()},
            next_number=self._lines.added.find_next_number(task.id) if batch.added else 1,
        )

    def _write(self, task_id: int, plan: BatchPlan) -> None:
        self._lines.added.put(task_id, plan.added)
        self._write_edits(task_id, plan.edits)

    def _write_edits(self, task_id: int, edits: Sequence[Edit]) -> None:
        for edit in edits:
            if not edit:
                self._db.execute(
                    "DELETE FROM edits WHERE task_id = ? AND language = ? AND number = ?", [task_id, edit.language, edit.number]
                )
        at = now()
        self._db.replace("edits", [{"task_id": task_id, "edited_at": at} | asdict(edit) for edit in edits if edit])


def _changes_dub(edit: Edit, former: Edit | None) -> bool:
    """True if an edit changes the dub: a lock alone does not."""
    return replace(edit, locked=None) != replace(former or Edit(edit.language, edit.number), locked=None)
