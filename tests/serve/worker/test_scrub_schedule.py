"""The schedule of the artifact scrub: when it is due, in one process, at its interval."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.cache.artifact_scrub import ScrubState
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.tasks import CacheRow, DubRequest
from serve.metrics.process_metrics import BROKEN_ANSWERS
from serve.worker.scrub_schedule import ScrubSchedule, find_state_file


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return Settings(data_dir=tmp_path / "data")


def schedule(settings: Settings, *, is_leader: bool = True) -> ScrubSchedule:
    return ScrubSchedule(lambda: settings, Store(settings.database).stages, lambda: is_leader)


def test_it_runs_at_first_and_again_when_it_is_due(settings: Settings) -> None:
    scrubs = schedule(settings)
    assert scrubs.run_batch() is False  # of no files: at its end at once
    first = ScrubState.read(find_state_file(settings))
    assert first is not None and first.finished_at is not None
    replace(first, files=77).write(find_state_file(settings))
    scrubs.run_batch()
    assert getattr(ScrubState.read(find_state_file(settings)), "files", None) == 77  # not due
    replace(first, files=77, finished_at="2026-01-01T00:00:00+00:00").write(find_state_file(settings))
    scrubs.run_batch()
    assert getattr(ScrubState.read(find_state_file(settings)), "files", None) == 0


def test_only_the_leader_scrubs(settings: Settings) -> None:
    assert schedule(settings, is_leader=False).run_batch() is False
    assert not find_state_file(settings).exists()


def test_no_days_is_never(settings: Settings) -> None:
    schedule(replace(settings, scrub_days=0.0)).run_batch()
    assert not find_state_file(settings).exists()


def test_a_fault_is_counted(settings: Settings) -> None:
    store = Store(settings.database)
    store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)))
    claimed = store.leases.claim_next_task("me", 60.0)
    assert claimed is not None
    answer = json.dumps({"file": "gone.flac", "size": 1, "digest": "d"})
    store.stages.write_answers(claimed[1], [CacheRow("k", "mix", answer, ("gone.flac",))])
    before = BROKEN_ANSWERS.labels("check")._value.get()
    ScrubSchedule(lambda: settings, store.stages, lambda: True).run_batch()
    assert BROKEN_ANSWERS.labels("check")._value.get() == before + 1
