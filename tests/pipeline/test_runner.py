"""The runner: what is cached, what is not, and what a crash leaves."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fakes import claimed, runner

from pipeline import tracing
from pipeline.errors import Cancelled, LeaseLost, ProgramError, ProgramKilled, StageError
from pipeline.runner import Runner, stage
from pipeline.store.store import Store
from pipeline.values.media import Artifact
from pipeline.values.tasks import Lease, StageStatus
from pipeline.values.timeline import Span

CALLS: list[object] = []


@stage(version=1)
def doubled(span: Span, *, factor: float = 2.0) -> Span:
    CALLS.append(span)
    return Span(span.start, span.end * factor)


@stage(version=1)
def written(text: str, *, workdir: Path) -> Artifact:
    CALLS.append(text)
    path = workdir / f"{text}.txt"
    path.write_text(text)
    return Artifact.of(path)


@stage(version=1)
def failing(span: Span) -> Span:
    raise StageError("failing", "it had to")


@stage(version=1)
def nothing(text: str) -> Span | None:
    CALLS.append(text)
    return None


@dataclass
class Engine:
    fingerprint: str
    concurrency: int = 3

    def answer(self, number: int) -> int:
        CALLS.append(number)
        return number * number


@stage(version=1)
def asked(number: int, engine: Engine, *, language: str | None) -> str:
    return f"{engine.answer(number)} {language}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    CALLS.clear()
    opened = Store(tmp_path / "dubarr.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def lease(store: Store) -> Lease:
    return claimed(store)[1]


@pytest.fixture
def run(store: Store, lease: Lease, tmp_path: Path) -> Runner:
    return runner(store, lease, tmp_path / "artifacts")


def test_the_same_question_runs_once(run: Runner) -> None:
    assert run(doubled, Span(0, 2)) == Span(0, 4)
    assert run(doubled, Span(0, 2)) == Span(0, 4)
    assert len(CALLS) == 1


def test_an_answer_of_none_is_an_answer(run: Runner) -> None:
    assert run(nothing, "a") is None
    assert run(nothing, "a") is None
    assert CALLS == ["a"]


def test_a_question_by_keyword_is_the_question_by_position(run: Runner) -> None:
    run(doubled, Span(0, 2))
    run(doubled, span=Span(0, 2), factor=2.0)
    assert len(CALLS) == 1


def test_another_argument_is_another_question(run: Runner) -> None:
    run(doubled, Span(0, 2))
    run(doubled, Span(0, 2), factor=3.0)
    assert len(CALLS) == 2


def test_another_fingerprint_is_another_question(run: Runner) -> None:
    run.with_language("es")(asked, 3, Engine("a"))
    run.with_language("es")(asked, 3, Engine("a"))
    run.with_language("es")(asked, 3, Engine("b"))
    assert CALLS == [3, 3]


def test_the_language_of_the_runner_reaches_the_stage_and_its_key(run: Runner) -> None:
    assert run.with_language("es")(asked, 3, Engine("a")) == "9 es"
    assert run.with_language("ca")(asked, 3, Engine("a")) == "9 ca"


def test_a_cached_answer_whose_file_is_gone_is_a_miss(run: Runner) -> None:
    run(written, "hello").path.unlink()
    assert run(written, "hello").path.read_text() == "hello"
    assert CALLS == ["hello", "hello"]


def test_a_broken_file_is_told_and_computed_again(run: Runner, caplog: pytest.LogCaptureFixture) -> None:
    broken: list[int] = []
    run = replace(run, on_broken_answer=lambda: broken.append(1))
    run(written, "hello").path.write_text("hell")
    assert run(written, "hello").path.read_text() == "hello"
    assert broken == [1]
    assert "stage=written a cached answer is not used, it is computed again: hello.txt has 4 bytes, not 5" in caplog.text


def test_the_data_folder_can_be_moved(run: Runner, store: Store, lease: Lease, tmp_path: Path) -> None:
    run(written, "hello")
    (tmp_path / "artifacts").rename(tmp_path / "moved")
    assert runner(store, lease, tmp_path / "moved")(written, "hello").path.is_relative_to(tmp_path / "moved")
    assert CALLS == ["hello"]


def test_each_item_is_cached_by_itself_and_answers_keep_their_order(run: Runner) -> None:
    run.each(asked, [1, 2, 3], Engine("a"))
    CALLS.clear()
    assert run.each(asked, [5, 3, 2, 3, 4], Engine("a")) == ("25 None", "9 None", "4 None", "9 None", "16 None")
    assert sorted(CALLS) == [4, 5]  # type: ignore[type-var]  # integers here


def test_one_failing_item_keeps_what_others_answered_before(run: Runner, store: Store, lease: Lease) -> None:
    class Choosy(Engine):
        def answer(self, number: int) -> int:
            if number == 99:
                raise StageError("asked", "99 is too much")
            return super().answer(number)

    with pytest.raises(StageError):
        run.each(asked, [*range(40), 99], Choosy("a", concurrency=1))
    CALLS.clear()
    run.each(asked, range(40), Choosy("a", concurrency=1))
    assert len(CALLS) < 40


def test_no_items_are_a_stage_too(run: Runner, store: Store, lease: Lease) -> None:
    assert run.each(asked, [], Engine("a")) == ()
    assert store.stages.list_runs(lease.task_id)[0].status is StageStatus.DONE


def test_the_store_shows_what_was_made_and_what_was_reused(run: Runner, store: Store, lease: Lease, tmp_path: Path) -> None:
    run(doubled, Span(0, 2))
    (made,) = store.stages.list_runs(lease.task_id)
    assert (made.executed, made.reused, made.cached) == (1, 0, False)
    runner(store, lease, tmp_path / "artifacts", attempt=2)(doubled, Span(0, 2))
    _, reused = store.stages.list_runs(lease.task_id)
    assert (reused.executed, reused.reused, reused.cached) == (0, 1, True)


def test_a_stage_that_runs_twice_in_an_attempt_is_told_as_one(run: Runner, store: Store, lease: Lease) -> None:
    run.each(asked, [1, 2, 3], Engine("a"))
    run.with_language("es").each(asked, [1], Engine("a"))
    run.each(asked, [1, 2, 4], Engine("a"))
    (film,) = [each for each in store.stages.list_runs(lease.task_id) if each.language is None]
    assert (film.executed, film.reused, film.status) == (4, 2, StageStatus.DONE)


def test_a_long_stage_tells_how_much_of_it_is_done(run: Runner) -> None:
    run.each(asked, range(100), Engine("a", concurrency=1))
    parts = [progress.part for progress in run.report.heard]  # type: ignore[attr-defined]  # a fake that remembers
    assert parts[0] == parts[-1] == 0.0
    assert parts[1:-1] == sorted(parts[1:-1]) and len(parts) > 3 and 0.0 < parts[1] < 1.0


def test_a_failed_stage_is_recorded_with_its_sentence(run: Runner, store: Store, lease: Lease) -> None:
    with pytest.raises(StageError):
        run(failing, Span(0, 1))
    (record,) = store.stages.list_runs(lease.task_id)
    assert (record.status, record.error) == (StageStatus.ERROR, "failing: it had to")


def test_progress_counts_completed_stages(run: Runner) -> None:
    planned = run.with_planned_stages(3)
    planned(doubled, Span(0, 2))
    planned.with_language("es")(doubled, Span(0, 3))
    heard = [(p.done, p.total, p.stage) for p in run.report.heard]  # type: ignore[attr-defined]  # a fake that remembers
    assert heard == [(0, 3, "doubled"), (1, 3, "doubled"), (1, 3, "doubled"), (2, 3, "doubled")]


def test_a_cancelled_runner_starts_nothing(store: Store, lease: Lease, tmp_path: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        runner(store, lease, tmp_path, cancelled=cancelled)(doubled, Span(0, 2))
    assert CALLS == []


def test_a_zombie_writes_nothing(run: Runner, store: Store, lease: Lease) -> None:
    store.tasks.requeue(lease.task_id)
    with pytest.raises(LeaseLost):
        run(doubled, Span(0, 2))
    assert store.stages.list_runs(lease.task_id) == ()


@stage(version=1)
def drafted(text: str, *, workdir: Path) -> Artifact:
    (workdir / "drafts").mkdir()
    (workdir / "drafts" / "first.txt").write_text("not it")
    if text == "nothing good":
        raise StageError("drafted", "it had to")
    path = workdir / "final.txt"
    path.write_text(text)
    return Artifact.of(path)


def test_drafts_beside_an_answers_files_are_removed(run: Runner) -> None:
    kept = run(drafted, "a line")
    assert [path for path in run.artifacts.rglob("*") if path.is_file()] == [kept.path]
    assert not (kept.path.parent / "drafts").exists()


def test_a_stage_that_fails_leaves_no_file(run: Runner) -> None:
    with pytest.raises(StageError):
        run(drafted, "nothing good")
    assert not list(run.artifacts.iterdir())


@stage(version=1)
def killed(often: int) -> str:
    CALLS.append(often)
    if len(CALLS) <= often:
        raise ProgramKilled("ffmpeg")
    return "made"


def test_a_stage_whose_program_was_killed_runs_again(run: Runner) -> None:
    assert run(killed, 2) == "made"
    assert len(CALLS) == 3


def test_a_stage_whose_program_is_killed_each_time_fails(run: Runner) -> None:
    with pytest.raises(ProgramError, match="ffmpeg was killed"):
        run(killed, 99)
    assert len(CALLS) == 3


def test_a_stage_whose_program_was_killed_is_not_run_again_when_somebody_cancelled(run: Runner) -> None:
    @stage(version=1)
    def cancelled_meanwhile(number: int) -> str:
        CALLS.append(number)
        run.cancelled.set()
        raise ProgramKilled("ffmpeg")

    with pytest.raises(Cancelled):
        run(cancelled_meanwhile, 1)
    assert CALLS == [1]


def test_a_stage_with_an_engine_is_told_from_one_that_works_itself(run: Runner, lease: Lease, tmp_path: Path) -> None:
    tracing.record_into(tmp_path / "trace")
    try:
        run(doubled, Span(1, 2))
        run(asked, 3, Engine("one"))
        run(asked, 3, Engine("one"))  # from the cache: nobody works
    finally:
        tracing.record_into(None)
    found = [(work.kind, work.name, work.task) for work in tracing.read_traces(tmp_path / "trace")]
    assert found == [(tracing.WorkKind.STAGE, "doubled", lease.task_id), (tracing.WorkKind.ASKING, "asked", lease.task_id)]
