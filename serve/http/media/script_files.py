"""Scripts of dubs as files: read from the store, and imported as edits."""

import json
from collections import defaultdict
from dataclasses import replace

from pipeline.errors import EditRefused, NotFound
from pipeline.script.comparison import compare_script, drop_refused, make_batch
from pipeline.script.script_file import ScriptComparison, ScriptFile
from pipeline.store.store import Store
from pipeline.text import languages
from pipeline.values.edits import name_speakers, select_edits
from pipeline.values.notes import notes_of_report
from pipeline.values.script import DubScript, ScriptLine, ScriptRevision, apply_times
from pipeline.values.task_lists.missing_dub import describe_missing_dub
from serve.store.remote_store import RemoteStore


def load_script(store: Store | RemoteStore, task_id: int, language: str) -> DubScript:
    """Load the script of a dub with its edits, dubbed already or not. NotFound before the first dub."""
    task = store.tasks.get(task_id)
    revision = store.lines.list_revisions([task_id])[task_id].get(language, ScriptRevision()).revision
    rows = store.lines.list_lines(task_id, language)
    if not rows:
        raise NotFound(describe_missing_dub(task, "script", language))
    names = name_speakers(store.cast.get_cast(task_id))
    notes: dict[int, list[str]] = defaultdict(list)
    report = store.lines.list_reports(task_id).get(language)
    for note in notes_of_report(json.loads(report)) if report else ():
        for number in note.lines:
            notes[number].append(note.text)
    lines = []
    for row in map(apply_times, rows):
        if row.edit is not None and row.edit.deleted:
            continue
        label = (row.edit.speaker if row.edit else None) or row.speaker or ""
        lines.append(ScriptLine(row, names.get(label, label), tuple(notes[row.number])))
    edits = select_edits(store.lines.list_edits(task_id), language, subtitled=rows[0].subtitled)
    deleted = frozenset(number for number, edit in edits.items() if edit.deleted)
    return DubScript(language, revision, tuple(lines), names, task.source_lang, deleted)


def compare_file(store: Store | RemoteStore, task_id: int, script: DubScript, file: ScriptFile) -> ScriptComparison:
    """Compare an edited file with a script. EditRefused for a file of another language, or of a later revision."""
    if file.language is not None and not languages.is_same_language(languages.require_tag(file.language), script.language):
        raise EditRefused(f"the file is the script in {file.language!r}, not in {script.language!r}; import it there")
    if file.revision is None:
        return compare_script(script, file, {})
    if file.revision > script.revision:
        raise EditRefused(
            f"the file is from revision {file.revision}, and this script has {script.revision} only; is it another film's?"
        )
    return compare_script(script, file, store.lines.list_former_texts(task_id, script.language, file.revision))


def import_script(
    store: Store | RemoteStore, task_id: int, script: DubScript, file: ScriptFile, *, dry_run: bool
) -> tuple[ScriptComparison, bool]:
    """Import an edited file as edits and new lines, or list them only. Returns the differences, with those that cannot be applied among
    the problems, and True if the task was queued for them.

    NotPossible where the script changed while it was compared.
    """
    found = compare_file(store, task_id, script, file)
    if not (found.changes or found.added):
        return found, False
    expected = {script.language: script.revision}
    result = store.edits.edit_lines(task_id, make_batch(script, found), expected=expected, is_dry_run=dry_run)
    found = drop_refused(found, result.refused)
    return found, bool(found.changes or found.added) and not dry_run


def with_revision(file: ScriptFile, revision: int | None) -> ScriptFile:
    """The file with a revision that was told beside it, where it holds none itself."""
    return replace(file, revision=revision) if file.revision is None else file
