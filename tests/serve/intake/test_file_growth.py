"""Films that are still written when a webhook names them."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from in_process_service import Served

from serve.intake.file_growth import measure_growth

Put = Callable[..., Path]


def post(service: Served, payload: object) -> str:
    answer = service.client.post("/webhook", json=payload)
    assert answer.status_code == 200
    return str(answer.json()["status"])


def test_a_film_that_cannot_be_probed_yet_is_queued_once(service: Served, films: Path) -> None:
    path, content = service.library / "a.mkv", (films / "english.mkv").read_bytes()
    path.write_bytes(content[:40])
    assert post(service, {"path": str(path)}) == "queued"
    path.write_bytes(content)
    assert post(service, {"path": str(path)}) == "queued"
    assert [task.size for task in service.tasks()] == [len(content)]


def test_a_growing_film_waits_and_is_claimed_with_its_last_size(service: Served, put: Put) -> None:
    path = put("a.mkv")
    post(service, {"path": str(path)})
    task, lease = service.store.leases.claim_next_task("worker", 60.0) or pytest.fail("no task")
    with path.open("ab") as file:
        file.write(b"x")
    growth = measure_growth(task, 10.0)
    assert growth is not None and growth.size == path.stat().st_size
    service.store.leases.postpone(lease, size=growth.size, mtime_ns=growth.mtime_ns, seconds=0.2)
    assert service.store.leases.claim_next_task("worker", 60.0) is None
    time.sleep(0.3)
    task, _ = service.store.leases.claim_next_task("worker", 60.0) or pytest.fail("no task")
    assert (task.size, task.attempts) == (growth.size, 1)
    os.utime(path, (time.time() - 60,) * 2)
    assert measure_growth(task, 10.0) is None, "its size rests"


def test_a_film_that_somebody_waits_for_does_not_wait(service: Served, put: Put) -> None:
    post(service, {"path": str(put("a.mkv")), "force": True})
    (task,) = service.tasks()
    assert measure_growth(task, 10.0) is None
    assert measure_growth(replace(task, not_before=task.created_at), 10.0) is not None
