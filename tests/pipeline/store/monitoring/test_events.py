"""Events of tasks: every change in the order of the commits, none of a transaction that failed, and gaps are told."""

import threading
from pathlib import Path

import pytest
from fakes import claimed, wish
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import LeaseLost
from pipeline.store.database.change_log import ChangeLog
from pipeline.store.store import Store
from pipeline.values.monitoring.task_events import EventKind, StatusChanged, TaskEdited
from pipeline.values.tasks import DubRequest, Priority, Progress, StageRun, StageStatus, TaskStatus


def read_new(store: Store, after: int) -> list[tuple[EventKind, int]]:
    return [(each.kind, each.event.task_id) for each in store.events.wait_for_events(after, 0.0).events]


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(tmp_path / "store.duckdb")
    yield opened
    opened.close()


def test_each_write_of_a_task_is_an_event_in_order(store: Store) -> None:
    from pipeline.store.database.database import now

    start = store.events.wait_for_events(0, 0.0).newest
    task, lease = claimed(store)
    store.leases.record_probe(lease, source_lang="en", duration=60.0, has_subtitles=False)
    run = StageRun("mix", "es", 1, StageStatus.RUNNING, now())
    store.stages.record_run(lease, run)
    store.leases.record_progress(lease, Progress(1, 2, "mix"))
    store.lines.put_report(lease, "es", '{"notes": [{"text": "late", "severity": "warning", "lines": []}]}')
    store.leases.fail(lease, "mix: no")
    store.tasks.set_priority(task.id, Priority.BULK)
    store.tasks.retry(task.id)
    store.tasks.move_path(task.path, Path("/films/b.mkv"))
    store.tasks.cancel(task.id)
    store.tasks.delete(task.id)
    kinds = "added status edited stage progress notes status edited status edited status deleted"
    assert [str(kind) for kind, task_id in read_new(store, start) if task_id == task.id] == kinds.split()
    batch = store.events.wait_for_events(start, 0.0)
    statuses = [each.event.status for each in batch.events if isinstance(each.event, StatusChanged)]
    assert statuses == [TaskStatus.PROCESSING, TaskStatus.ERROR, TaskStatus.QUEUED, TaskStatus.CANCELLED]
    (notes,) = (each.event for each in batch.events if each.kind is EventKind.NOTES)
    assert (notes.language, notes.notes, notes.warnings) == ("es", 1, 1)
    assert [each.id for each in batch.events] == list(range(start + 1, batch.newest + 1))


def test_a_transaction_that_fails_has_no_events(store: Store) -> None:
    _, lease = claimed(store)
    start = store.events.wait_for_events(0, 0.0).newest
    store.tasks.cancel(lease.task_id)
    with pytest.raises(LeaseLost):
        store.leases.finish(lease, Path("/dub.mkv"))
    with pytest.raises(ZeroDivisionError), store._database.transaction():
        store.tasks.retry(lease.task_id)
        raise ZeroDivisionError
    assert read_new(store, start) == [(EventKind.STATUS, lease.task_id)]


def test_a_reader_that_waits_is_woken_by_the_commit(store: Store) -> None:
    newest = store.events.wait_for_events(0, 0.0).newest
    batches = []
    reader = threading.Thread(target=lambda: batches.append(store.events.wait_for_events(newest, 30.0)))
    reader.start()
    store.tasks.submit(wish(Path("/films/a.mkv")))
    reader.join(10)
    assert [each.kind for each in batches[0].events] == [EventKind.ADDED]


def test_ids_grow_across_restarts_and_an_id_of_before_is_told_as_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    first = Store(path)
    first.tasks.submit(wish(Path("/films/a.mkv")))
    before = first.events.wait_for_events(0, 0.0)
    first.close()
    second = Store(path)
    after = second.events.wait_for_events(before.newest, 0.0)
    assert after.newest > before.newest and not after.follows(before.newest)
    second.close()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 12), max_size=30), st.integers(0, 60))
def test_a_batch_follows_exactly_where_nothing_was_lost(commits: list[int], back: int) -> None:
    """Against the truth: a log without a bound."""
    log, truth = ChangeLog(size=16), []
    start = log.wait(0, 0.0).newest
    for number in commits:
        log.append([TaskEdited(len(truth) + each) for each in range(number)])
        truth += range(len(truth), len(truth) + number)
    after = start + len(truth) - back
    batch = log.wait(after, 0.0)
    assert batch.follows(after) == (0 <= back <= min(16, len(truth)))
    if batch.follows(after):
        assert [each.event.task_id for each in batch.events] == truth[len(truth) - back :]
    else:
        assert [each.event.task_id for each in batch.events] == truth[-16:]
    assert not batch.follows(log.wait(0, 0.0).newest + 1), "an id of the future is none of this log's"


def test_a_request_for_the_same_file_is_no_event_where_it_changes_nothing(store: Store) -> None:
    request = DubRequest(Path("/films/a.mkv"), 1, 1, ("es",), priority=Priority.BULK)
    task = store.tasks.submit(request).task
    start = store.events.wait_for_events(0, 0.0).newest
    store.tasks.submit(request)
    assert read_new(store, start) == []
    store.tasks.submit(wish(Path("/films/a.mkv")))
    assert read_new(store, start) == [(EventKind.EDITED, task.id)]
