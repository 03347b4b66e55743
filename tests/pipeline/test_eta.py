"""How long a task still takes: by the pace of films before it, by what of it is done, by languages side by side."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.eta import estimate_remaining_seconds, estimate_total_seconds
from pipeline.values.service_status import StageSpeeds
from pipeline.values.tasks import Progress, StageRun, StageStatus, Task, TaskStatus

BEGUN = datetime(2026, 11, 23, 12, 0, 0)  # noqa: DTZ001 -- as the store writes times: UTC without zone
TASK = Task(
    id=7,
    path=Path("/films/voyage.mkv"),
    size=1,
    mtime_ns=1,
    status=TaskStatus.PROCESSING,
    source_lang="en",
    asked_lang=None,
    target_langs=("es",),
    duration=100.0,
    has_subtitles=False,
    speakers=None,
    origin="",
    created_at=BEGUN,
    started_at=BEGUN,
    finished_at=None,
    progress=Progress(),
    attempts=1,
    error=None,
    output=None,
    owner="w",
)
# Of a film of 100 s: hearing 1 + 10 + 1 s by ear, a language 2 + 20 + 5 s and 3 s of assessment, joining 4 s.
PACE = StageSpeeds(
    film={"probe": 0.01, "transcribe": 0.1, "segment_words": 0.01, "mux": 0.04},
    language={"translate": 0.02, "synthesize": 0.2, "mix": 0.05, "assess": 0.03},
    films=9,
)
HEARD = ("probe", "transcribe", "segment_words")


def run(name: str, language: str | None = None, **changes: object) -> StageRun:
    """A stage that was made in this attempt, as fast as in other films."""
    usual = 100.0 * (PACE.language if language else PACE.film).get(name, 0.0)
    made = StageRun(name, language, 1, StageStatus.DONE, BEGUN + timedelta(seconds=1), seconds=usual, executed=1)
    return replace(made, **changes)  # type: ignore[arg-type]


def running(name: str, language: str | None = None, *, since: float = 10.0) -> StageRun:
    return run(name, language, status=StageStatus.RUNNING, executed=0, started_at=BEGUN + timedelta(seconds=since))


def left(*runs: StageRun, at: float = 10.0, pace: StageSpeeds = PACE, **changes: object) -> float | None:
    """What remains `at` seconds after the task was begun."""
    return estimate_remaining_seconds(replace(TASK, **changes), runs, pace, at=BEGUN + timedelta(seconds=at))  # type: ignore[arg-type]


def before(names: tuple[str, ...], language: str | None = None) -> list[StageRun]:
    """Stages that an earlier attempt has finished."""
    return [run(name, language, started_at=BEGUN - timedelta(hours=1)) for name in names]


@pytest.mark.parametrize("changes", [{"duration": None}, {"pace": StageSpeeds()}])
def test_nothing_is_foretold_where_nothing_is_known(changes: dict[str, object]) -> None:
    assert left(**changes) is None  # type: ignore[arg-type]
    assert estimate_total_seconds(replace(TASK, duration=None), PACE) is None
    assert estimate_total_seconds(TASK, StageSpeeds()) is None


@pytest.mark.parametrize("status", [TaskStatus.QUEUED, TaskStatus.DONE, TaskStatus.ERROR])
def test_only_of_a_task_at_work_something_remains(status: TaskStatus) -> None:
    assert left(status=status) is None


def test_a_queued_task_is_expected_to_take_all_its_stages() -> None:
    assert estimate_total_seconds(replace(TASK, status=TaskStatus.QUEUED), PACE) == pytest.approx(46)


def test_a_task_just_begun_has_all_of_it_before_it() -> None:
    assert left() == pytest.approx(46)


def test_subtitles_are_expected_to_spare_the_recognition() -> None:
    assert estimate_total_seconds(replace(TASK, has_subtitles=True), PACE) == pytest.approx(35)


def test_a_recognition_that_began_in_spite_of_subtitles_is_counted() -> None:
    assert left(run("probe"), running("transcribe"), has_subtitles=True, at=10) == pytest.approx(10 + 34)


def test_two_languages_take_as_long_as_one_and_three_as_long_as_two() -> None:
    one, two, three = (
        estimate_total_seconds(replace(TASK, target_langs=langs), PACE) for langs in (("es",), ("es", "ca"), ("es", "ca", "fr"))
    )
    assert (one, two, three) == (pytest.approx(46), pytest.approx(46), pytest.approx(46 + 27 + 3))


def test_stages_that_are_done_count_nothing() -> None:
    heard = [run(name) for name in HEARD]
    assert left(*heard) == pytest.approx(34)
    assert left(*heard, run("translate", "es"), run("synthesize", "es")) == pytest.approx(12)


def test_the_stage_at_work_counts_by_its_part_where_that_is_told() -> None:
    runs = (run("probe"), running("transcribe", since=10))
    assert left(*runs, progress=Progress(1, 9, "transcribe", 0.75), at=17.5) == pytest.approx(2.5 + 35)


def test_the_stage_at_work_counts_by_the_clock_where_no_part_is_told() -> None:
    assert left(run("probe"), running("transcribe", since=10), at=14) == pytest.approx(6 + 35)


def test_a_film_that_goes_slower_than_others_is_expected_to_go_on_so() -> None:
    usual, slow = left(*map(run, HEARD)), left(run("probe"), run("transcribe", seconds=20.0), run("segment_words"))
    assert usual == pytest.approx(34)
    assert slow == pytest.approx(34 * (22 + 4.6) / (12 + 4.6)), "a tenth of the whole, 4.6 s, speaks for the others' pace"


def test_a_first_short_stage_says_little_about_speed() -> None:
    assert left(run("probe", seconds=2.0)) == pytest.approx(45 * (2 + 4.6) / (1 + 4.6))


def test_what_came_from_the_cache_says_nothing_about_speed() -> None:
    runs = [run("probe", executed=0, reused=1, seconds=0.01), run("transcribe", executed=1, reused=9, seconds=1.0)]
    assert left(*runs, run("segment_words")) == pytest.approx(34)


def test_a_stage_that_overran_makes_the_rest_slower_but_not_beyond_measure() -> None:
    overrun = left(run("probe"), running("transcribe", since=10), at=30)
    assert overrun is not None and 35 < overrun < 2 * 35
    assert left(run("probe"), running("transcribe", since=10), at=9_000) == pytest.approx(35 * 5)


def test_a_part_told_of_one_of_two_languages_is_not_taken_for_both() -> None:
    runs = [*(run(name) for name in HEARD), running("synthesize", "es", since=0), running("synthesize", "ca", since=0)]
    progress = Progress(5, 9, "synthesize", 0.9)
    assert left(*runs, target_langs=("es", "ca"), progress=progress, at=5) == pytest.approx(15 + 5 + 4 + 3)


def test_a_stage_that_the_film_does_without_is_not_waited_for() -> None:
    assert left(run("probe"), run("segment_cues"), running("translate", "es"), at=10) == pytest.approx(34)


def test_what_an_earlier_attempt_has_finished_is_answered_from_the_cache() -> None:
    runs = [*before(HEARD), *before(("translate", "synthesize"), "es"), run("probe", executed=0, reused=1)]
    assert left(*runs) == pytest.approx(5 + 4 + 3)


def test_after_the_first_stage_made_anew_none_is_answered_from_the_cache() -> None:
    runs = [*before((*HEARD, "mux")), *before(("translate", "synthesize", "mix", "assess"), "es")]
    assert left(*runs) == 0
    cached = [run(name, executed=0, reused=1) for name in HEARD]
    edited = [run("translate", "es", executed=0, reused=1), run("synthesize", "es", executed=1, reused=30, seconds=20 / 31)]
    assert left(*runs, *cached, *edited) == pytest.approx(5 + 4 + 3), "one line was spoken anew: mixing, muxing, assessing follow"
    assert left(*runs, run("probe")) == pytest.approx(45), "it was purged"


def test_a_new_language_has_all_its_stages_before_it_and_the_joining_too() -> None:
    runs = [*before((*HEARD, "mux")), *before(("translate", "synthesize", "mix", "assess"), "es")]
    assert left(*runs, target_langs=("es", "ca")) == pytest.approx(27 + 4 + 3)


def test_rows_of_a_worker_that_handed_the_task_back_are_not_of_now() -> None:
    stale = run("transcribe", status=StageStatus.RUNNING, executed=0, started_at=BEGUN - timedelta(minutes=5))
    assert left(run("probe"), stale) == pytest.approx(45)


def test_it_is_asked_of_this_moment_where_no_other_is_named() -> None:
    assert estimate_remaining_seconds(TASK, (), PACE) == pytest.approx(46)
