"""Leases: claims, heartbeats, expiry and fencing."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from fakes import claimed, wish

from pipeline.errors import LeaseLost
from pipeline.store import task_leases
from pipeline.store.database.database import now
from pipeline.store.store import Store
from pipeline.values.tasks import CacheRow, Priority, Progress, TaskStatus

FILM = Path("/films/a.mkv")


def test_tasks_are_claimed_in_order_of_creation_and_once(store: Store) -> None:
    ids = [store.tasks.submit(wish(Path(f"/films/{n}.mkv"))).task.id for n in range(3)]
    claims = [store.leases.claim_next_task(f"w{n}", 60.0) for n in range(4)]
    assert [claim[0].id for claim in claims if claim] == ids
    assert claims[3] is None


def test_an_expired_lease_is_taken_over_and_the_former_owner_fenced_off(store: Store) -> None:
    store.tasks.submit(wish(FILM))
    first = store.leases.claim_next_task("a", -1.0)
    second = store.leases.claim_next_task("b", 60.0)
    assert first and second and second[0].attempts == 2
    for write in (
        lambda: store.leases.renew_lease(first[1], 60.0),
        lambda: store.leases.record_progress(first[1], Progress(1, 2, "mix")),
        lambda: store.leases.finish(first[1], Path("/dubs/a.mkv")),
        lambda: store.leases.fail(first[1], "late"),
        lambda: store.stages.write_answers(first[1], [CacheRow("k", "probe", "{}")]),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert store.stages.read_answers(["k"]) == {}
    store.leases.finish(second[1], Path("/dubs/a.mkv"))
    assert store.tasks.get(second[0].id).status is TaskStatus.DONE


def test_a_renewed_lease_is_not_taken_over(store: Store) -> None:
    store.tasks.submit(wish(FILM))
    claim = store.leases.claim_next_task("a", 0.0)
    assert claim
    store.leases.renew_lease(claim[1], 60.0)
    assert store.leases.claim_next_task("b", 60.0) is None


def test_a_clock_that_is_set_neither_ends_nor_prolongs_a_lease(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(2):
        store.tasks.submit(wish(Path(f"/films/{n}.mkv")))
    assert store.leases.claim_next_task("a", 60.0) and store.leases.claim_next_task("b", -1.0)
    for hours in (-5, 5):
        monkeypatch.setattr(task_leases, "now", lambda hours=hours: now() + timedelta(hours=hours))
        claimed = store.leases.claim_next_task("c", -1.0)
        assert claimed and claimed[0].id == 2


def test_leases_of_another_clock_begin_anew(store: Store) -> None:
    store.tasks.submit(wish(FILM))
    assert store.leases.claim_next_task("a", 1_000_000.0)
    store.leases.restart_leases(-1.0)
    assert store.leases.claim_next_task("b", 60.0)


def test_the_lease_of_an_owner_who_is_known_to_be_dead_need_not_run_out(store: Store) -> None:
    for n in range(2):
        store.tasks.submit(wish(Path(f"/films/{n}.mkv")))
    assert store.leases.claim_next_task("alive", 60.0) and store.leases.claim_next_task("dead", 60.0)
    assert store.leases.list_owners() == {"alive", "dead"}
    claimed = store.leases.claim_next_task("c", 60.0, gone=("dead",))
    assert claimed and (claimed[0].id, claimed[0].lost) == (2, 1)
    assert store.leases.claim_next_task("c2", 60.0, gone=("dead",)) is None


def test_a_claim_whose_answer_was_lost_is_answered_with_the_same_task(store: Store) -> None:
    for n in range(2):
        store.tasks.submit(wish(Path(f"/films/{n}.mkv")))
    lost = store.leases.claim_next_task("a", 60.0)
    again = store.leases.claim_next_task("a", 60.0)
    assert lost and again and again[0].id == lost[0].id and again[0].lost == 0
    with pytest.raises(LeaseLost):
        store.leases.require_lease(lost[1])
    store.leases.require_lease(again[1])


def test_who_waits_comes_before_a_library_in_bulk_whenever_they_came(store: Store) -> None:
    first, second = (Path(f"/films/{n}.mkv") for n in range(2))
    bulk = store.tasks.submit(replace(wish(first), priority=Priority.BULK)).task
    waiting = store.tasks.submit(wish(second)).task
    assert (bulk.priority, waiting.priority) == (Priority.BULK, Priority.INTERACTIVE)
    claims = [store.leases.claim_next_task(owner, 60.0) for owner in "ab"]
    assert [claim[0].id for claim in claims if claim] == [waiting.id, bulk.id]


def test_only_workers_that_die_over_a_task_count_against_it(store: Store) -> None:
    task, lease = claimed(store)
    owners = (f"w{n}" for n in count())
    for _ in range(3):
        store.leases.finish(lease, Path("/dubs/a.mkv"))
        store.tasks.requeue(task.id)
        task, lease = store.leases.claim_next_task(next(owners), -1.0) or pytest.fail("it waits")
    assert (task.attempts, task.lost) == (4, 0)
    task, lease = store.leases.claim_next_task(next(owners), -1.0) or pytest.fail("it is left behind")
    assert (task.attempts, task.lost) == (5, 1)
    store.tasks.requeue(task.id)
    task, _ = store.leases.claim_next_task(next(owners), 60.0) or pytest.fail("it waits")
    assert task.lost == 0


def test_a_released_task_waits_again_and_the_attempt_does_not_count(store: Store) -> None:
    task, lease = claimed(store)
    store.leases.release(lease)
    again = store.leases.claim_next_task("b", 60.0)
    assert again and (again[0].id, again[0].attempts) == (task.id, 1)
