"""Lines that were added and deleted, before and after the dub that has them."""

from dataclasses import replace
from pathlib import Path

from fakes import claimed

from pipeline.script.edit_batch import EditBatch, NewLine
from pipeline.store.store import Store
from pipeline.values.edits import LineChange
from pipeline.values.script import DeletedLine
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import TextSource

LINE = LineRow(1, "es", "S1", 0.0, 1.0, 2.0, "hello", "hola", "translation", 0.0, 0.9, 1.0, 1.0, "takes/a.wav")
ROWS = [replace(LINE, number=n, start=4.0 * n, end=4.0 * n + 3.0) for n in (1, 2, 3)]


def finish(store: Store, rows: list[LineRow]) -> int:
    claim = store.leases.claim_next_task("w", 60.0)
    task, lease = claim or claimed(store)
    store.lines.replace_lines(lease, "es", rows)
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    return task.id


def numbers_in_sql(store: Store) -> list[int]:
    return [row["number"] for row in store._database.rows('SELECT number FROM lines ORDER BY "start"')]


def test_an_added_line_is_listed_at_its_time_and_in_the_table_once_it_is_dubbed(store: Store) -> None:
    task_id = finish(store, ROWS)
    line = NewLine("a1", "es", 7.2, 7.9, "S1", source_text="well", text="pues")
    result = store.edits.edit_lines(task_id, EditBatch(added=(line,)))
    assert (result.added, result.revisions) == ({"a1": 4}, {"es": 2})
    pending = store.lines.list_lines(task_id)
    assert [(row.number, row.text_source) for row in pending][:2] == [(1, "translation"), (4, TextSource.ADDED)]
    assert (numbers_in_sql(store), store.lines.list_revisions([task_id])[task_id]["es"].lines) == ([1, 2, 3], (4,))
    dubbed = replace(LINE, number=4, start=7.2, end=7.9, source_text="well", text="pues", text_source="edit")
    finish(store, [*ROWS, dubbed])
    assert [row.number for row in store.lines.list_lines(task_id)] == numbers_in_sql(store) == [1, 4, 2, 3]
    assert not store.lines.list_revisions([task_id])[task_id]["es"].is_stale
    store.tasks.delete(task_id)
    assert store._database.rows("SELECT * FROM added_lines") == []


def test_a_deleted_line_is_gone_from_the_table_and_comes_back(store: Store) -> None:
    task_id = finish(store, ROWS)
    store.edits.change_lines(task_id, [LineChange("es", 2, deleted=True)])
    assert store.lines.list_revisions([task_id])[task_id]["es"].lines == (2,)
    assert store.lines.list_deleted(task_id, "es") == (), "it is among the lines"
    finish(store, [ROWS[0], ROWS[2]])
    assert store.lines.list_deleted(task_id, "es") == (DeletedLine(2, 8.0, "hello", "hola"),)
    assert numbers_in_sql(store) == [1, 3]
    store.edits.change_lines(task_id, [LineChange("es", 2, deleted=None)])
    finish(store, ROWS)
    assert numbers_in_sql(store) == [1, 2, 3]


def test_a_number_is_never_given_twice(store: Store) -> None:
    task_id = finish(store, ROWS)
    line = NewLine("k", "es", 20.0, 21.0, "S1", text="pues")
    assert store.edits.edit_lines(task_id, EditBatch(added=(line,))).added == {"k": 4}
    store.edits.change_lines(task_id, [LineChange("es", 4, deleted=True), LineChange("es", 3, deleted=True)])
    finish(store, ROWS[:2])
    assert store.edits.edit_lines(task_id, EditBatch(added=(line,))).added == {"k": 5}
