"""Revisions of scripts: what raises them, what changed since a dub, and what stood there before."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from fakes import claimed

from pipeline.errors import NotPossible
from pipeline.script.edit_batch import EditBatch
from pipeline.store.store import Store
from pipeline.values.edits import LineChange, SpeakerChange
from pipeline.values.script import CellName, ScriptRevision
from pipeline.values.tasks import LineRow, SpeakerRow, TaskStatus

LINE = LineRow(1, "es", "S1", 0.0, 1.0, 2.0, "hello", "hola", "translation", 0.0, 0.9, 1.0, 1.0, "takes/a.wav")
SPEAKERS = [SpeakerRow(label, 3.0, None, None, (), "ge2e") for label in ("S1", "S2")]


def dub(store: Store, *, text: str = "hola") -> int:
    claim = store.leases.claim_next_task("w", 60.0)
    task, lease = claim or claimed(store)
    for language in ("es", "fr"):
        rows = [replace(LINE, number=n, language=language, subtitled=language == "fr", text=text) for n in (1, 2, 3)]
        store.lines.replace_lines(lease, language, rows)
        store.cast.replace_voices(lease, language, {"S1": "m3", "S2": "f2"}, ("m1", "m3", "f2"))
    store.lines.put_speakers(lease, SPEAKERS)
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    return task.id


@pytest.fixture
def task_id(store: Store) -> int:
    return dub(store)


def revision(store: Store, task_id: int, language: str = "es") -> ScriptRevision:
    return store.lines.list_revisions([task_id])[task_id][language]


def test_each_edit_raises_the_revision_of_the_dubs_that_it_changes(store: Store, task_id: int) -> None:
    assert revision(store, task_id) == ScriptRevision(1, 1)
    store.edits.change_lines(task_id, [LineChange("es", 1, text="buenas"), LineChange("es", 3, skip=True)])
    store.edits.change_lines(task_id, [LineChange("es", 2, source_text="hi", speaker="S2")])
    assert revision(store, task_id) == ScriptRevision(3, 1, lines=(1, 2, 3))
    assert revision(store, task_id, "fr") == ScriptRevision(1, 1), "its lines are its own subtitles"
    assert revision(store, task_id).describe() == (
        "3 lines changed since this dub (revision 3, dubbed from 1); re-dub to hear them"
    )
    store.edits.change_lines(task_id, [LineChange("es", 1, text="buenas")])
    assert revision(store, task_id).revision == 3, "nothing changed"


def test_a_dub_has_the_script_as_it_stood(store: Store, task_id: int) -> None:
    store.edits.change_lines(task_id, [LineChange("es", 1, text="buenas")])
    tag = store.lines.get_version_tag(task_id)
    dub(store)
    assert revision(store, task_id).dubbed == revision(store, task_id).revision
    assert not revision(store, task_id).is_stale
    assert store.lines.get_version_tag(task_id) != tag


def test_a_change_that_was_taken_back_is_none(store: Store, task_id: int) -> None:
    store.edits.change_lines(task_id, [LineChange("es", 1, text="buenas")])
    store.edits.change_lines(task_id, [LineChange("es", 1, text=None)])
    assert revision(store, task_id) == ScriptRevision(3, 1)
    assert not revision(store, task_id).is_stale


def test_what_a_new_translation_changed_is_a_revision_too(store: Store, task_id: int) -> None:
    store.tasks.requeue(task_id)
    dub(store, text="buenas")
    assert revision(store, task_id) == ScriptRevision(2, 2)
    assert set(store.lines.list_former_texts(task_id, "es", 1).values()) == {"hola"}
    assert store.lines.list_former_texts(task_id, "es", 2) == {}


def test_voices_that_changed_make_their_dub_stale(store: Store, task_id: int) -> None:
    store.edits.change_speaker(task_id, SpeakerChange("S1", name="Ana"))
    assert revision(store, task_id) == ScriptRevision(1, 1), "a name is only shown"
    store.edits.change_speaker(task_id, SpeakerChange("S1", voices={"es": "m1"}))
    assert revision(store, task_id) == ScriptRevision(2, 1, speakers=("S1",))
    assert revision(store, task_id, "fr") == ScriptRevision(1, 1)
    store.edits.change_speaker(task_id, SpeakerChange("S2", merged_into="S1"))
    assert revision(store, task_id, "fr") == ScriptRevision(2, 1, speakers=("S2",))


def test_the_former_text_is_that_at_the_asked_revision(store: Store, task_id: int) -> None:
    for text in ("one", "two", "three"):
        store.edits.change_lines(task_id, [LineChange("es", 1, text=text)])
    former = [store.lines.list_former_texts(task_id, "es", n).get((1, CellName.TRANSLATION)) for n in (1, 2, 3, 4)]
    assert former == ["hola", "one", "two", None]


def test_changes_made_for_another_revision_are_refused(store: Store, task_id: int) -> None:
    store.edits.change_lines(task_id, [LineChange("es", 1, text="theirs")])
    with pytest.raises(NotPossible, match=r"changed meanwhile \(revision 2, not 1\); import it again"):
        store.edits.edit_lines(task_id, EditBatch((LineChange("es", 2, text="ours"),)), expected={"es": 1})
    assert revision(store, task_id).lines == (1,)


def test_a_deleted_task_leaves_no_revision(store: Store, task_id: int) -> None:
    store.edits.change_lines(task_id, [LineChange("es", 1, text="buenas")])
    assert store.tasks.get(task_id).status is TaskStatus.QUEUED
    store.tasks.delete(task_id)
    assert store.lines.list_revisions([task_id]) == {task_id: {}}


def test_dubs_of_an_older_data_folder_begin_at_the_first_revision(tmp_path: Path) -> None:
    """A file of schema 6 has lines and no revisions."""
    path = tmp_path / "dubarr.duckdb"
    store = Store(path)
    task_id = dub(store)
    store.close()
    with duckdb.connect(str(path)) as old:
        for table in ("script_revisions", "script_changes", "dub_files"):
            old.execute(f"DROP TABLE {table}")
        old.execute("UPDATE schema_version SET version = 6")
    store = Store(path)
    assert revision(store, task_id) == ScriptRevision(1, 1)
    store.edits.change_lines(task_id, [LineChange("es", 1, text="buenas")])
    assert revision(store, task_id) == ScriptRevision(2, 1, lines=(1,))
    store.close()
