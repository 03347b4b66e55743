"""The verdict: what speaks against a run, on books and films made up for it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes import claimed
from in_process_service import make_film

from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.tasks import StageRun, StageStatus, Task
from tools.endurance.invariants import Claim, StoreContents, check_films, check_recovery, find_repeated_answers, read_store
from tools.endurance.recovery import Strike

BEGAN = datetime.fromisoformat("2026-11-01")


def ran(name: str, attempt: int, *, made: int = 1, reused: int = 0, status: StageStatus = StageStatus.DONE) -> StageRun:
    return StageRun(name, None, attempt, status, BEGAN + timedelta(minutes=attempt), 1.0, made, reused)


MUX = ran("mux", 3)


@pytest.mark.parametrize(
    "runs",
    [
        (ran("mix", 1), MUX),
        (ran("mix", 1), ran("mix", 2, made=0, reused=1), MUX),
        (ran("mix", 1, made=0, status=StageStatus.RUNNING), ran("mix", 2), MUX),  # killed before it had an answer
        (ran("mix", 1, made=0, status=StageStatus.RUNNING), ran("mix", 2, made=0, reused=1), MUX),  # and after
        (ran("synthesize", 1, made=0, status=StageStatus.RUNNING), ran("synthesize", 2, made=3, reused=9), MUX),
        (ran("mix", 1, status=StageStatus.ERROR), ran("mix", 2), MUX),  # it counts what it set out to make
    ],
)
def test_what_a_kill_interrupted_is_no_repetition(runs):
    assert not list(find_repeated_answers(runs))


@pytest.mark.parametrize(
    ("runs", "against"),
    [
        ((ran("mix", 1), ran("mix", 2), MUX), "mix made 2 answers where 1 were needed"),
        (
            (ran("synthesize", 1, made=9), ran("synthesize", 2, made=3, reused=6), MUX),
            "synthesize made 12 answers where 9 were needed",
        ),
        ((ran("mux", 2), MUX), "mux made 2 answers where 1 were needed"),
        ((ran("mix", 1),), "no mux of it was finished"),
    ],
)
def test_an_answer_made_twice_is_told(runs, against):
    assert list(find_repeated_answers(runs)) == [against]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("data/artifacts", "videos", "library", "left"):
        (tmp_path / name).mkdir(parents=True)
    return Settings(data_dir=tmp_path / "data", videos_dir=tmp_path / "videos", library_roots=(tmp_path / "library",))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store(settings.database)
    yield opened
    opened.close()


@pytest.fixture
def dubbed(settings: Settings, store: Store) -> Task:
    """A task that is DONE, whose dub is the film with another track."""
    task, lease = claimed(store)
    film = make_film(settings.library_roots[0] / "film.mkv", dispositions="default+original")
    dub = make_film(settings.data_dir / "dub.mkv", dispositions="default+original")  # no new track yet
    store.stages.record_run(lease, MUX)
    store.leases.finish(lease, dub)
    return replace(store.tasks.get(task.id), path=film, target_langs=("es",))


def kept(task: Task | None, **changes: object) -> StoreContents:
    return replace(StoreContents({1: task}, {1: (MUX,)}, {1: 1}, frozenset({"mux-1-aaaa"})), **changes)


def against(found: tuple[Claim, ...]) -> list[str]:
    return [objection for claim in found for objection in claim.against]


def test_a_lost_task_speaks_against_it(settings):
    assert against(check_films(settings, StoreContents({7: None}, {}, {}, frozenset()), log="")) == ["task 7 is gone"]


def test_a_dub_without_its_track_speaks_against_it(settings, dubbed):
    assert against(check_films(settings, kept(dubbed), log="")) == ["task 1: its new tracks speak [] instead of ['es']"]


def test_a_torn_dub_speaks_against_it(settings, dubbed):
    assert dubbed.output is not None
    dubbed.output.write_bytes(dubbed.output.read_bytes()[:600])
    (objection,) = against(check_films(settings, kept(dubbed), log=""))
    assert objection.startswith("task 1: ")


def test_a_film_with_two_tasks_or_two_ends_speaks_against_it(settings, dubbed):
    log = "INFO task=1 done: /a\nINFO task=11 done: /b\nINFO task=1 done: /a\n"
    shutil.copy(dubbed.path, settings.data_dir / "same.mkv")
    found = against(check_films(settings, kept(dubbed, namesakes={1: 2}), log=log))
    assert found[1:] == ["the film of task 1 has 2 tasks", "task 1 was finished 2 times"]


@pytest.mark.parametrize(
    "left",
    ["data/dubs/1/.dubarr-0123-45.mkv", "library/.dubarr-0123-45.mkv", "videos/film.part", "data/artifacts/mix-1-bbbb", "left/x"],
)
def test_what_was_left_behind_speaks_against_it(settings, tmp_path, left):
    (tmp_path / left).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / left).touch()
    (tmp_path / "data/artifacts/mux-1-aaaa").mkdir()
    (objection,) = against(check_films(settings, kept(None, tasks={}, runs={}, namesakes={}), log=""))
    assert str(tmp_path / left) in objection


def test_the_books_are_read_from_the_store(settings, dubbed, store):
    store.close()
    found = read_store(settings, [dubbed.id, 99])
    assert found.tasks[99] is None and found.tasks[dubbed.id].id == dubbed.id
    assert [run.name for run in found.runs[dubbed.id]] == ["mux"]
    assert found.namesakes == {dubbed.id: 1}


def struck(*seconds: float | None) -> tuple[Strike, ...]:
    return tuple(Strike(0.0, "worker", "", each, at_work=True, trouble="no worker") for each in seconds)


def test_kills_that_were_not_made_or_not_made_good_or_slowly_speak_against_it():
    assert not against(check_recovery(struck(4.0, 5.0, 40.0), 3))
    assert against(check_recovery(struck(4.0, 5.0), 3)) == ["2 of 3"]
    assert against(check_recovery(struck(4.0, 5.0, None), 3)) == ["worker (after 0 s): no worker"]
    assert against(check_recovery(struck(4.0, 11.0, 12.0), 3)) == ["11.0 s"]
