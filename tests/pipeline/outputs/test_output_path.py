"""Where a finished dub goes."""

from pathlib import Path

import pytest
from fakes import wish

from pipeline.outputs.output_path import choose_output_path
from pipeline.settings import OutputPlacement, Settings
from pipeline.store.store import Store
from pipeline.values.tasks import Task

FILM = Path("/films/Show S01/ep.01.mkv")


@pytest.fixture
def task(store: Store) -> Task:
    return store.tasks.submit(wish(FILM)).task


def placed(task: Task, placement: OutputPlacement) -> Path:
    return choose_output_path(Settings(data_dir=Path("/srv/dubarr"), placement=placement), task)


def test_a_dub_goes_to_its_tasks_own_folder_under_the_films_name(task):
    assert placed(task, OutputPlacement.DUBS) == Path(f"/srv/dubarr/dubs/{task.id}/ep.01.mkv")


def test_films_of_one_name_do_not_share_a_dub(store, task):
    other = store.tasks.submit(wish(FILM.parent.parent / "Show S02" / FILM.name)).task
    assert placed(other, OutputPlacement.DUBS) != placed(task, OutputPlacement.DUBS)


def test_beside_the_film_a_dub_has_a_name_of_its_own_and_the_films_suffix(task):
    assert placed(task, OutputPlacement.BESIDE) == Path("/films/Show S01/ep.01.dubarr.mkv")


def test_a_sidecar_is_an_audio_file_named_after_film_and_language(task):
    assert placed(task, OutputPlacement.SIDECAR) == Path("/films/Show S01/ep.01.es.mka")


def test_in_place_a_dub_takes_the_films_path(task):
    assert placed(task, OutputPlacement.IN_PLACE) == FILM


@pytest.mark.parametrize("placement", OutputPlacement)
def test_a_task_always_gets_the_same_place(store, task, placement):
    before = placed(task, placement)
    claim = store.leases.claim_next_task("test/1/aa", 60.0)
    assert claim and placed(claim[0], placement) == before
