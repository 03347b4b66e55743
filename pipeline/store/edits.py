"""Edits of lines and speakers in the store: validated, written in one transaction, and the task queued again where a dub depends on
them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.errors import EditRefused, NotFound, NotPossible
from pipeline.script.edit_batch import BatchResult, EditBatch
from pipeline.store.casting import Casting
from pipeline.store.database.database import Database, now
from pipeline.store.line_edits import LineEdits
from pipeline.store.lines import Lines
from pipeline.store.scripts.revisions import Revisions
from pipeline.store.speech.takes import Takes
from pipeline.store.task_changes import write_glossary
from pipeline.store.tasks import Tasks
from pipeline.values.edits import FILM_WIDE, Cast, LineChange, SpeakerChange, SpeakerEdit, resolve_merged_speaker
from pipeline.values.monitoring.task_events import TaskEdited
from pipeline.values.tasks import Task


class Edits:
    """Writes of edits. A change without an effect does not queue the task."""

    def __init__(self, database: Database, tasks: Tasks, lines: Lines, cast: Casting, takes: Takes) -> None:
        self._db = database
        self._tasks = tasks
        self._cast = cast
        self._takes = takes
        self._line_edits = LineEdits(database, tasks, lines, cast)
        self._revisions = Revisions(database)

    def edit_lines(
        self, task_id: int, batch: EditBatch, *, expected: Mapping[str, int] | None = None, is_dry_run: bool = False
    ) -> BatchResult:
        """Apply what can be applied of a batch of edits, and queue the task again where that changes a dub; in a dry run write nothing.
        NotFound.

        `expected`: language → revision of the script that the batch was made for. NotPossible where it is another by now.
        """
        with self._db.transaction():
            self._require_revisions(task_id, expected or {})
            return self._line_edits.apply(self._tasks.get(task_id), batch, is_dry_run=is_dry_run)

    def change_lines(self, task_id: int, changes: Sequence[LineChange]) -> Task:
        """Change lines, all or none, and queue the task again if an edit changed. NotFound, EditRefused."""
        with self._db.transaction():
            return self._line_edits.apply(self._tasks.get(task_id), EditBatch(tuple(changes)), is_atomic=True).task

    def choose_take(self, task_id: int, language: str, number: int, take_id: int | None) -> Task:
        """Choose a candidate take of a line, and its text with it; None: the usual take. NotFound, EditRefused for a locked line."""
        with self._db.transaction():
            if take_id is not None:
                text = self._takes.get_candidate(task_id, take_id).text
                self.change_lines(task_id, [LineChange(language, number, text=text, skip=None)])
            self._db.record_event(TaskEdited(task_id))
            return self._takes.choose(task_id, language, number, take_id)

    def change_glossary(self, task_id: int, glossary: str) -> Task:
        """Change the glossary of a task, and queue it again if that is another. NotFound."""
        with self._db.transaction():
            task = self._tasks.get(task_id)
            return self._tasks.requeue(task_id) if write_glossary(self._db, task_id, glossary) else task

    def change_speaker(self, task_id: int, change: SpeakerChange) -> Task:
        """Change the edit of a speaker, and queue the task again unless only the name changed. NotFound, EditRefused."""
        with self._db.transaction():
            task, cast = self._tasks.get(task_id), self._cast.get_cast(task_id)
            if change.label not in {member.label for member in cast.members}:
                raise NotFound(f"task {task_id} has no speaker {change.label!r}; GET its speakers to see who there is")
            _require_speaker(change, cast)
            (before,) = (
                SpeakerEdit(each.label, each.name, each.merged_into, each.chosen)
                for each in cast.members
                if each.label == change.label
            )
            after = change.apply_to(before)
            if after == before:
                return task
            self._write_speaker_edit(task_id, after)
            self._db.record_event(TaskEdited(task_id))
            if replace(after, name=before.name) == before:
                return task
            dubbed = self._revisions.list_numbers([task_id]).get(task_id, {})
            merges = after.merged_into != before.merged_into
            languages = [tag for tag in dubbed if merges or before.chosen.get(tag) != after.chosen.get(tag)]
            self._revisions.record_voice(task_id, languages, change.label)
            return self._tasks.requeue(task_id)

    def _require_revisions(self, task_id: int, expected: Mapping[str, int]) -> None:
        found = self._revisions.list_numbers([task_id]).get(task_id, {})
        for language, revision in expected.items():
            if language in found and found[language][0] != revision:
                raise NotPossible(
                    f"the script in {language!r} changed meanwhile (revision {found[language][0]}, not {revision}); import it again"
                )

    def _write_speaker_edit(self, task_id: int, edit: SpeakerEdit) -> None:
        self._db.execute("DELETE FROM speaker_edits WHERE task_id = ? AND label = ?", [task_id, edit.label])
        which = {"task_id": task_id, "label": edit.label, "edited_at": now()}
        nothing = {"name": None, "merged_into": None, "voice": None}
        rows = [which | nothing | {"language": language, "voice": voice} for language, voice in edit.chosen.items()]
        if edit.name is not None or edit.merged_into is not None:
            rows.append(which | nothing | {"language": FILM_WIDE, "name": edit.name, "merged_into": edit.merged_into})
        self._db.replace("speaker_edits", rows)


def _require_speaker(change: SpeakerChange, cast: Cast) -> None:
    labels = {member.label for member in cast.members}
    if isinstance(target := change.merged_into, str):
        merges = {member.label: member.merged_into for member in cast.members}
        if target not in labels:
            raise EditRefused(f"nobody in the film is called {target!r}; its speakers are {', '.join(sorted(labels))}")
        if resolve_merged_speaker(target, merges | {change.label: None}) == change.label:
            raise EditRefused(
                f"{change.label} cannot be merged into {target}, who is {change.label} or was merged into them; take that back first"
            )
    for language, voice in change.voices.items():
        if language not in cast.choices:
            there = ", ".join(cast.choices) or "none yet"
            raise EditRefused(f"no voice is known for {language!r}; dub the film into it first (there are: {there})")
        if voice is not None and voice not in cast.choices[language]:
            raise EditRefused(f"there is no voice {voice!r} in {language!r}; GET the speakers to see the choices")
