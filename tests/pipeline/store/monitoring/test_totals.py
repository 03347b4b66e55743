"""Totals for metrics: they count each thing once, and outlive tasks, restarts and repeated writes."""

import math
from pathlib import Path

import pytest
from fakes import claimed, runner, wish

from pipeline.errors import LeaseLost
from pipeline.runner import stage
from pipeline.store.database.database import Database, now
from pipeline.store.store import Store
from pipeline.values.monitoring.outbox import Receiver
from pipeline.values.tasks import DubRequest, Lease, LineRow, Priority, StageRun, StageStatus, TaskStatus

FILM = Path("/films/a.mkv")


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(tmp_path / "store.duckdb")
    yield opened
    opened.close()


def record(store: Store, lease: Lease, seconds: float, *, executed: int = 1, reused: int = 0, name: str = "mix") -> StageRun:
    began = StageRun(name, "es", 1, StageStatus.RUNNING, now(), engine="kokoro")
    store.stages.record_run(lease, began)
    ended = StageRun(name, "es", 1, StageStatus.DONE, began.started_at, seconds, executed, reused, engine="kokoro")
    store.stages.record_run(lease, ended)
    return ended


def test_a_run_is_counted_once_in_its_bucket_however_often_its_end_is_told(store: Store) -> None:
    _, lease = claimed(store)
    ended = record(store, lease, 7.0, executed=2, reused=3)
    store.stages.record_run(lease, ended)  # the acknowledgement was lost
    (total,) = store.totals.read_totals().stages
    assert (total.stage, total.engine, dict(total.runs), total.seconds) == ("mix", "kokoro", {10.0: 1}, 7.0)
    assert (total.executed, total.reused) == (2, 3)


def test_a_second_pass_counts_what_it_adds_and_an_answer_from_the_cache_takes_no_time(store: Store) -> None:
    _, lease = claimed(store)
    first = record(store, lease, 4.0, executed=2)
    again = StageRun("mix", "es", 1, StageStatus.RUNNING, first.started_at, 4.0, 2, 0, engine="kokoro")
    store.stages.record_run(lease, again)
    store.stages.record_run(lease, StageRun("mix", "es", 1, StageStatus.DONE, first.started_at, 4.25, 3, 0, engine="kokoro"))
    record(store, lease, 0.4, executed=0, reused=5, name="probe")
    mix, probed = store.totals.read_totals().stages
    assert (dict(mix.runs), mix.seconds, mix.executed) == ({5.0: 1, 0.5: 1}, 4.25, 3)
    assert (sum(probed.runs.values()), probed.seconds, probed.reused) == (0, 0.0, 5)


def test_a_failed_run_is_not_counted_and_a_very_long_one_is_beyond_all_bounds(store: Store) -> None:
    _, lease = claimed(store)
    store.stages.record_run(lease, StageRun("mix", "es", 1, StageStatus.ERROR, now(), 9.0, 1))
    assert store.totals.read_totals().stages == ()
    record(store, lease, 90_000.0)
    assert dict(store.totals.read_totals().stages[0].runs) == {math.inf: 1}


def finish(store: Store, *, reused: int = 0) -> Lease:
    _, lease = claimed(store)
    store.leases.record_probe(lease, source_lang="en", duration=60.0, has_subtitles=False)
    record(store, lease, 5.0, reused=reused)
    line = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "hello", "hola", "translation", 1.0, 0.9, 1.0, 1.0, "take.flac")
    store.lines.replace_lines(lease, "es", [line])
    store.leases.finish(lease, Path("/dub.mkv"))
    return lease


def test_films_are_counted_by_their_end_and_its_reason_and_outlive_their_tasks(store: Store, tmp_path: Path) -> None:
    lease = finish(store)
    with pytest.raises(LeaseLost):
        store.leases.finish(lease, Path("/dub.mkv"))  # told again
    store.tasks.delete(lease.task_id)
    _, failed = claimed(store, Path("/films/b.mkv"))
    store.leases.fail(failed, "mix: no room in /films", reason="StageError")
    store.tasks.cancel(store.tasks.submit(wish(Path("/films/c.mkv"))).task.id)
    store.close()
    again = Store(tmp_path / "store.duckdb")
    done, cancelled, error = sorted(again.totals.read_totals().ended, key=lambda each: (each.status != "DONE", each.reason))
    again.close()
    assert (done.status, done.tasks, done.lines, done.film_seconds) == (TaskStatus.DONE, 1, 1, 60.0)
    assert 0 < done.work_seconds < 60
    assert (error.status, error.reason, error.tasks) == (TaskStatus.ERROR, "StageError", 1)
    assert (cancelled.status, cancelled.reason) == (TaskStatus.CANCELLED, "Cancelled")


def test_a_dub_from_the_cache_is_a_film_but_no_work(store: Store) -> None:
    finish(store, reused=5)
    (done,) = store.totals.read_totals().ended
    assert (done.tasks, done.film_seconds, done.work_seconds, done.lines) == (1, 0.0, 0.0, 0)


def test_the_queue_is_counted_by_status_and_priority(store: Store) -> None:
    from dataclasses import replace

    for number in range(3):
        store.tasks.submit(
            replace(wish(Path(f"/films/{number}.mkv")), priority=Priority.BULK if number else Priority.INTERACTIVE)
        )
    assert store.totals.read_totals().tasks == {
        (TaskStatus.QUEUED, Priority.INTERACTIVE): 1,
        (TaskStatus.QUEUED, Priority.BULK): 2,
    }


def test_the_runner_records_the_engine_that_a_stage_takes(store: Store, tmp_path: Path) -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Voice:
        fingerprint: str = "voice"
        concurrency: int = 1

    @stage(version=1)
    def speak(text: str, synthesizer: Voice) -> str:
        return text

    _, lease = claimed(store)
    run = runner(store, lease, tmp_path)
    run.engine_names["synthesizer"] = "kokoro"
    run(speak, "hello", Voice())
    assert store.stages.list_runs(lease.task_id)[0].engine == "kokoro"
    assert store.totals.read_totals().stages[0].engine == "kokoro"


def test_a_file_of_schema_12_tells_the_callbacks_of_tasks_that_end_after_it_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    store = Store(path)
    store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",), callback="http://nas/done"))
    store.close()
    database = Database(path)
    database.execute("DROP TABLE outbox")
    database.execute("UPDATE schema_version SET version = 12")
    database.close()
    store = Store(path)
    _, lease = store.leases.claim_next_task("w/1/a", 60) or pytest.fail("the task is gone")
    store.leases.finish(lease, Path("/dub.mkv"), receivers=[Receiver.PLEX])
    assert store.totals.read_totals().outbox.waiting == {Receiver.CALLBACK: 1, Receiver.PLEX: 1}
    store.close()


def test_a_file_of_schema_9_opens_with_totals_that_begin_now(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    store = Store(path)
    _, lease = claimed(store)
    record(store, lease, 5.0)
    store.close()
    database = Database(path)
    for statement in ("DROP TABLE stage_totals", "DROP TABLE ended_totals", "ALTER TABLE stage_runs DROP COLUMN engine"):
        database.execute(statement)
    database.execute("UPDATE schema_version SET version = 9")
    database.close()
    store = Store(path)
    assert store.totals.read_totals().stages == ()
    assert store.stages.list_runs(lease.task_id)[0].engine == ""
    store.close()
