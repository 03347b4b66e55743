"""What of a task's time is orchestration."""

import pytest

from pipeline.errors import DubarrError
from pipeline.tracing import Work, WorkKind
from tools.benchmarks.overhead import HEARD, ONE_MINUTE, TEN_MINUTES, Course, compare_with_work, dub_film, measure_course


def work(kind: WorkKind, start: float, end: float) -> Work:
    return Work(kind, "made up", start, end, process=1, thread=1)


def test_orchestration_is_the_time_in_which_nothing_real_was_under_way():
    works = [
        work(WorkKind.PROGRAM, 0.0, 0.5),  # before the offer: another film's
        work(WorkKind.STAGE, 2.0, 4.0),
        work(WorkKind.PROGRAM, 2.5, 3.5),  # the stage's own
        work(WorkKind.ENGINE, 5.0, 7.0),
        work(WorkKind.ENGINE, 6.0, 8.0),  # beside it
        work(WorkKind.PROGRAM, 10.5, 12.0),  # half of it after DONE
    ]
    found = measure_course(works, 1.0, 11.0)
    assert (found.wall, found.work, found.overhead) == (10.0, 5.5, 4.5)


def test_a_stage_that_only_asks_an_engine_is_no_work_of_its_own():
    asking, answering = work(WorkKind.ASKING, 1.0, 4.0), work(WorkKind.ENGINE, 2.0, 3.0)
    assert measure_course([asking, answering], 1.0, 4.0) == Course(wall=3.0, work=1.0)


@pytest.mark.parametrize(
    ("trial", "wall", "kept"),
    [
        (ONE_MINUTE, 11.4, True),
        (ONE_MINUTE, 11.6, False),
        (HEARD, 11.4, True),
        (TEN_MINUTES, 10.4, True),
        (TEN_MINUTES, 10.6, False),
    ],
)
def test_short_films_are_held_to_seconds_and_long_ones_to_a_share(trial, wall, kept):
    row = compare_with_work(trial, Course(wall, 10.0))
    assert row.kept is kept and row.ratio == pytest.approx(wall / 10.0)


class OneTask:
    """A client whose one task ends at once."""

    def __init__(self, **task):
        self.task = {"id": 1, "error": None} | task

    def submit_path(self, path, target_langs, source_lang):
        return self.task

    def follow(self, task_id, *, every):
        return iter([self.task])


def test_a_task_is_measured_up_to_when_the_service_finished_it(tmp_path, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    monkeypatch.setattr("time.monotonic", lambda: 50.0)
    span = dub_film(OneTask(status="DONE", finished_at="1970-01-12T13:46:47.500Z"), tmp_path / "film.mkv")
    assert (span.start, span.end) == (50.0, 57.5)


def test_a_film_that_cannot_be_dubbed_is_told(tmp_path):
    with pytest.raises(DubarrError, match=r"film.mkv could not be dubbed: no speech"):
        dub_film(OneTask(status="ERROR", error="no speech"), tmp_path / "film.mkv")
