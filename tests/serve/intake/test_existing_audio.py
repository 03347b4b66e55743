"""Films that turn out to need no dub once they can be probed: those that were still written when a webhook named them."""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeDetector, FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator
from in_process_service import Served, make_film

from pipeline.engines.protocols import Engines
from pipeline.errors import NotPossible
from pipeline.ffmpeg.ffprobe import probe_film
from pipeline.values.tasks import Lease, Task
from serve.intake.existing_audio import find_missing_targets, is_unprobed
from serve.intake.file_growth import measure_growth
from serve.worker.task_execution import TaskExecution, WorkerEngines

Put = Callable[..., Path]


@pytest.fixture(scope="session")
def bilingual(films: Path) -> Path:
    """A film with an English and a Spanish audio track."""
    path = films / "bilingual.mkv"
    inputs = ["-i", str(films / "english.mkv"), "-i", str(films / "spanish.mkv")]
    subprocess.run(["ffmpeg", "-v", "error", *inputs, "-map", "0", "-map", "1:a", "-c", "copy", "-y", path], check=True)
    return path


@pytest.fixture(scope="session")
def dub(films: Path) -> Path:
    """A dub that Dubarr made."""
    return make_film(films / "dub.mkv", tags=("DUBARR=0.1.0",))


def post(service: Served, **payload: object) -> str:
    answer = service.client.post("/webhook", json=payload)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["status"])


def queue_growing(service: Served, film: Path, **payload: object) -> Path:
    """Send the webhook of a film while it is copied, and finish the copy."""
    path, content = service.library / "a.mkv", film.read_bytes()
    path.write_bytes(content[:40])
    assert post(service, path=str(path), **payload) == "queued"
    path.write_bytes(content)
    return path


def claim_settled(service: Served, path: Path) -> tuple[Task, Lease]:
    """Claim the task as a worker does: once the file's size rests."""
    os.utime(path, (time.time() - 60,) * 2)
    while claimed := service.store.leases.claim_next_task("worker", 60.0):
        task, lease = claimed
        growth = measure_growth(task, service.settings.settle_s)
        if growth is None:
            return task, lease
        service.store.leases.postpone(lease, size=growth.size, mtime_ns=growth.mtime_ns, seconds=0.0)
    pytest.fail("no task is queued")


def begin_dub(service: Served, task: Task, lease: Lease) -> None:
    engines = Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), FakeSynthesizer())
    execution = TaskExecution(service.settings, service.store, WorkerEngines(engines, FakeDetector()))
    execution.run_dub(task, lease, threading.Event())


@pytest.mark.parametrize(
    ("film", "reason"),
    [
        ("bilingual", r"a.mkv is not dubbed: it is in the target languages already, by its audio tracks; force dubs it"),
        ("dub", "a.mkv is not dubbed: it is already a dub"),
        ("spanish", "a.mkv is not dubbed: it already speaks the target languages"),
    ],
)
def test_a_film_that_was_queued_unprobed_is_checked_before_it_is_dubbed(
    service: Served, films: Path, bilingual: Path, dub: Path, film: str, reason: str
) -> None:
    path = queue_growing(service, films / f"{film}.mkv")
    task, lease = claim_settled(service, path)
    with pytest.raises(NotPossible, match=reason):
        begin_dub(service, task, lease)
    assert not service.store.stages.list_runs(task.id), "no stage began"


def test_force_dubs_a_film_that_was_found_to_need_none(service: Served, bilingual: Path) -> None:
    path = queue_growing(service, bilingual)
    task, lease = claim_settled(service, path)
    service.store.leases.fail(lease, "it is in the target languages already")
    assert post(service, path=str(path)) == "ignored"
    assert post(service, path=str(path), force=True) == "queued"
    forced, _ = service.store.leases.claim_next_task("worker", 60.0) or pytest.fail("no task")
    assert (forced.id, forced.not_before, is_unprobed(forced)) == (task.id, None, False)


def test_a_film_that_is_replaced_while_it_waits_is_checked_again(service: Served, put: Put, bilingual: Path) -> None:
    path = put("a.mkv")
    assert post(service, path=str(path)) == "queued"
    path.write_bytes(bilingual.read_bytes())
    task, lease = claim_settled(service, path)
    with pytest.raises(NotPossible, match="by its audio tracks"):
        begin_dub(service, task, lease)


def test_only_missing_languages_are_left(service: Served, films: Path, bilingual: Path) -> None:
    path = queue_growing(service, bilingual, target_langs=["es", "ca"])
    task, lease = claim_settled(service, path)
    assert find_missing_targets(task, probe_film(path), ("spa",), service.store.tasks) == ("ca",)
    service.store.leases.record_targets(lease, ("ca",), duration=1.0)
    recorded = service.store.tasks.get(task.id)
    assert (recorded.target_langs, is_unprobed(recorded)) == (("ca",), False)
    own = probe_film(films / "spanish.mkv")
    assert find_missing_targets(task, own, ("es", "ca"), service.store.tasks) == ("ca",), "of the settings' languages its own"
    assert find_missing_targets(task, own, ("es",), service.store.tasks) == ("es", "ca"), "what was asked for is refused later"


def test_a_film_that_was_dubbed_before_is_not_checked_again(service: Served, bilingual: Path) -> None:
    path = queue_growing(service, bilingual)
    task, _ = claim_settled(service, path)
    assert is_unprobed(task)
    assert not is_unprobed(replace(task, output=path))
