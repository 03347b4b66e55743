"""The dashboard's view of the service, over a real store and real files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import claimed, runner, wish

from dashboard.service import Service
from pipeline.errors import NotFound
from pipeline.runner import stage
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.media import Artifact
from pipeline.values.task_lists.task_query import TaskQuery
from pipeline.values.tasks import Health, Lease, Task, TaskStatus
from serve import profile_loader
from serve.configuration.live_settings import LiveSettings
from serve.status.dashboard_service import StoreService
from serve.status.log_tail import MAX_SEARCHED_BYTES
from tests.support.dashboard import SYSTEM

LOG = (("INFO", 7, "begins"), ("WARNING", 71, "is slow"), ("ERROR", 7, "all is lost"))
HEALTH = Health(worker_alive=True, engine_statuses={"tts": "LOADING"})


@stage(version=1)
def written(text: str, *, workdir: Path) -> Artifact:
    path = workdir / f"{text}.txt"
    path.write_text(text)
    return Artifact.of(path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", videos_dir=tmp_path / "videos", logs_dir=tmp_path / "logs", profile="draft")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store(settings.database)
    yield opened
    opened.close()


@pytest.fixture
def service(settings: Settings, store: Store) -> Service:
    profile = profile_loader.load_profile(settings)
    return StoreService(LiveSettings(settings), profile, store, lambda: HEALTH, lambda: SYSTEM)  # type: ignore[arg-type]  # the store actor answers like it


@pytest.fixture
def film(settings: Settings) -> Path:
    settings.videos_dir.mkdir()
    path = settings.videos_dir / "film.mkv"
    path.write_text("a film")
    return path


@pytest.fixture
def at_work(settings: Settings, store: Store, film: Path) -> tuple[Task, Lease, Path]:
    """A task, its lease, and a file that one of its stages made."""
    task, lease = claimed(store, film)
    return task, lease, runner(store, lease, settings.artifacts)(written, "hello").path


def test_tasks_come_by_pages_newest_first_with_their_number(store: Store, service: Service) -> None:
    ids = [store.tasks.submit(wish(Path(f"/films/{n}.mkv"))).task.id for n in range(5)]
    page, total = service.list_tasks(TaskQuery(limit=2, offset=1))
    assert ([task.id for task in page], total) == ([ids[3], ids[2]], 5)


def test_every_state_is_counted(store: Store, service: Service) -> None:
    store.tasks.submit(wish(Path("/films/a.mkv")))
    assert service.count_tasks_by_status() == {"QUEUED": 1, "PROCESSING": 0, "DONE": 0, "ERROR": 0, "CANCELLED": 0, "SKIPPED": 0}


def test_health_is_that_of_the_check(service: Service) -> None:
    assert service.get_health() == HEALTH


def test_the_last_run_of_each_stage_is_shown(service: Service, at_work: tuple[Task, Lease, Path]) -> None:
    task, _, _ = at_work
    assert [(run.name, run.executed) for run in service.list_stage_runs(task.id)] == [("written", 1)]


def test_the_end_of_the_log_is_shown_and_none_before_there_is_one(settings: Settings, service: Service) -> None:
    assert service.read_log_lines(2) == []
    settings.logs_dir.mkdir()
    settings.processing_log.write_text("one\ntwo\nthree\n")
    assert service.read_log_lines(2) == ["two", "three"]


def test_the_log_is_chosen_by_task_by_words_and_by_level(settings: Settings, service: Service) -> None:
    lines = [
        f"2026-11-23 12:00:0{n},000 {level:7} serve.worker.worker task={task} {said}" for n, (level, task, said) in enumerate(LOG)
    ]
    settings.logs_dir.mkdir()
    settings.processing_log.write_text("\n".join([*lines, "Traceback of nobody", "not a whole line"]))
    assert service.read_log_lines(9, task=7) == [lines[0], lines[2]]
    assert service.read_log_lines(1, task=7) == [lines[2]]
    assert service.read_log_lines(9, level="WARNING") == [lines[1], lines[2]]
    assert service.read_log_lines(9, level="ERROR", search="LOST") == [lines[2]]
    assert service.read_log_lines(9, search="pirates") == []


def test_only_the_end_of_an_endless_log_is_searched(settings: Settings, service: Service) -> None:
    settings.logs_dir.mkdir()
    settings.processing_log.write_text("task=7 old\n" + "x" * MAX_SEARCHED_BYTES + "\ntask=7 new\n")
    assert service.read_log_lines(9, task=7) == ["task=7 new"]


def test_languages_are_those_that_the_engines_can(service: Service) -> None:
    found = service.list_languages()
    assert ("en", "English") in found.sources and ("es", "Spanish") in found.targets and found.usual == ("es",)
    assert [name for _, name in found.targets] == sorted(name for _, name in found.targets)


def test_a_cancelled_task_ends(store: Store, service: Service) -> None:
    task = store.tasks.submit(wish(Path("/films/a.mkv"))).task
    service.cancel_task(task.id)
    assert service.get_task(task.id).status is TaskStatus.CANCELLED


def test_a_failed_task_is_queued_again_and_its_cache_stays(
    store: Store, service: Service, at_work: tuple[Task, Lease, Path]
) -> None:
    task, lease, made = at_work
    store.leases.fail(lease, "it had to")
    assert service.retry_task(task.id).status is TaskStatus.QUEUED
    assert store.tasks.get(task.id).error is None
    assert made.is_file()


def test_a_purged_task_begins_anew_and_its_files_are_gone(
    settings: Settings, store: Store, service: Service, film: Path, at_work: tuple[Task, Lease, Path]
) -> None:
    task, _, made = at_work
    assert service.purge_task(task.id).status is TaskStatus.QUEUED
    assert not made.exists()
    assert film.read_text() == "a film"
    claim = store.leases.claim_next_task("test/2/bb", 60.0)
    assert claim and claim[0].id == task.id
    again = runner(store, claim[1], settings.artifacts, attempt=2)(written, "hello")
    assert again.path.is_file(), "the answer was forgotten with its file"


def test_a_deleted_task_goes_with_its_files_and_the_film_stays(
    store: Store, service: Service, film: Path, at_work: tuple[Task, Lease, Path]
) -> None:
    task, _, made = at_work
    assert service.delete_task(task.id).id == task.id
    assert store.tasks.list_newest() == ((), 0)
    assert not made.exists()
    assert film.read_text() == "a film"


def test_a_task_that_stood_on_a_deleted_ones_file_makes_it_again(
    settings: Settings, store: Store, service: Service, at_work: tuple[Task, Lease, Path]
) -> None:
    task, _, made = at_work
    store.tasks.submit(wish(Path("/films/other.mkv")))
    claim = store.leases.claim_next_task("test/2/bb", 60.0)
    assert claim
    other = runner(store, claim[1], settings.artifacts)
    assert other(written, "hello").path == made
    service.delete_task(task.id)
    assert other(written, "hello").path.read_text() == "hello"


@pytest.mark.parametrize("act", ["list_stage_runs", "retry_task", "purge_task", "delete_task"])
def test_an_unknown_task_is_told(service: Service, act: str) -> None:
    with pytest.raises(NotFound, match="no task 99"):
        getattr(service, act)(99)
