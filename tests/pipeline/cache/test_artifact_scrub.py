"""The scrub of the artifacts over a real store: it finds what a hit cannot see, is resumed, and reads at a bounded rate."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.cache.artifact_scrub import BATCH_ANSWERS, ArtifactScrub, ScrubState
from pipeline.cache.cache_codec import CACHE_MISS, AnswerCodec
from pipeline.store.store import Store
from pipeline.values.media import Artifact
from pipeline.values.tasks import CacheRow, DubRequest


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "dubarr.duckdb")


def cached(store: Store, folder: Path, contents: Sequence[str]) -> list[CacheRow]:
    """Answers of one file each."""
    (folder / "mix-1-ab").mkdir(parents=True)
    store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)))
    claimed = store.leases.claim_next_task("me", 60.0)
    assert claimed is not None
    rows = []
    for number, content in enumerate(contents):
        path = folder / "mix-1-ab" / f"{number}.flac"
        path.write_text(content)
        rows.append(AnswerCodec(Artifact, folder).build_row(f"{number:040d}", "mix", Artifact.of(path)))
    store.stages.write_answers(claimed[1], rows)
    return rows


def corrupted(path: Path) -> None:
    """The same size and time, other content: what a faulty disk makes of a file."""
    stat = path.stat()
    path.write_text("X" * stat.st_size)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def scrub(store: Store, folder: Path, *, stop_after: int | None = None, waits: list[float] | None = None) -> ArtifactScrub:
    seen = waits if waits is not None else []

    def wait(seconds: float) -> bool:
        seen.append(seconds)
        return stop_after is not None and len(seen) > stop_after

    return ArtifactScrub(store.stages, folder, 1000.0, wait)


def test_a_silently_changed_file_is_found_told_and_a_miss_from_then_on(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row, _ = cached(store, tmp_path, ["hello", "world"])
    corrupted(tmp_path / row.files[0])
    codec = AnswerCodec(Artifact, tmp_path)
    assert codec.read_answer(row.answer) is not CACHE_MISS  # size and time are those of its making
    state = scrub(store, tmp_path).check_batch(ScrubState.start())
    assert state is not None and state.finished_at is not None
    assert (state.files, state.bytes, state.fault_count) == (2, 5, 1)
    assert state.faults == ("mix-1-ab/0.flac: its content has changed",)
    assert "mix-1-ab/0.flac: its content has changed; what needs it is computed again at its next use" in caplog.text
    assert codec.read_answer(row.answer) is CACHE_MISS


def test_missing_and_short_files_are_faults_too(store: Store, tmp_path: Path) -> None:
    one, two = cached(store, tmp_path, ["hello", "world"])
    (tmp_path / one.files[0]).unlink()
    (tmp_path / two.files[0]).write_text("wor")
    state = scrub(store, tmp_path).check_batch(ScrubState.start())
    assert state is not None
    assert state.faults == (
        "mix-1-ab/0.flac: it cannot be read: No such file or directory",
        "mix-1-ab/1.flac: it has 3 bytes, not 5",
    )


def test_a_file_that_was_purged_while_it_was_read_is_no_fault(store: Store, tmp_path: Path) -> None:
    cached(store, tmp_path, ["hello"])

    class Purged:
        list_answers_with_files = store.stages.list_answers_with_files

        @staticmethod
        def read_answers(keys: Sequence[str]) -> dict[str, str]:
            return {}

    (tmp_path / "mix-1-ab" / "0.flac").unlink()
    state = replace(scrub(store, tmp_path), answers=Purged()).check_batch(ScrubState.start())
    assert state is not None and state.fault_count == 0


def test_no_file_outside_the_artifacts_is_read(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "artifacts"
    (row,) = cached(store, folder, ["hello"])
    (tmp_path / "secret").write_text("hello")
    (folder / row.files[0]).unlink()
    (folder / row.files[0]).symlink_to(tmp_path / "secret")
    before = (tmp_path / "secret").stat().st_mtime_ns
    state = scrub(store, folder).check_batch(ScrubState.start())
    assert state is not None and state.faults == ("mix-1-ab/0.flac: it lies outside the artifacts folder",)
    assert (tmp_path / "secret").stat().st_mtime_ns == before


def test_it_waits_as_long_as_its_rate_says(store: Store, tmp_path: Path) -> None:
    cached(store, tmp_path, ["x" * 500])
    waits: list[float] = []
    scrub(store, tmp_path, waits=waits).check_batch(ScrubState.start())
    assert sum(waits) == pytest.approx(0.5, abs=0.1)


def test_it_resumes_where_it_was_after_a_restart(store: Store, tmp_path: Path) -> None:
    cached(store, tmp_path, ["a"] * (BATCH_ANSWERS + 10))
    file = tmp_path / "scrub.json"
    first = scrub(store, tmp_path).check_batch(ScrubState.start())
    assert first is not None and first.finished_at is None and first.files == BATCH_ANSWERS
    first.write(file)
    assert scrub(store, tmp_path, stop_after=3).check_batch(first) is None  # stopped: the batch is checked again
    resumed = ScrubState.read(file)
    assert resumed is not None
    last = scrub(store, tmp_path).check_batch(resumed)
    assert last is not None and last.files == BATCH_ANSWERS + 10 and last.finished_at is not None


def test_an_unreadable_state_is_none_at_all(tmp_path: Path) -> None:
    (tmp_path / "scrub.json").write_text('{"after": 3')
    assert ScrubState.read(tmp_path / "scrub.json") is None
    assert ScrubState.read(tmp_path / "none.json") is None


def test_its_result_is_a_sentence() -> None:
    state = replace(ScrubState.start(), started_at="2026-01-01T00:00:00+00:00", files=1_200)
    assert state.describe() == "Being checked since 2026-01-01: 1,200 cached files, none faulty."
    ended = replace(
        state, finished_at="2026-01-02T00:00:00+00:00", fault_count=2, faults=("a.flac: its content has changed", "b")
    )
    assert ended.describe() == (
        "Checked on 2026-01-02: 1,200 cached files, 2 faulty, which are computed again at their next use; "
        "the first: a.flac: its content has changed. Check the disk."
    )
