"""A scan of the library: what each film has, wants and lacks, and what is probed again."""

import os
import shutil
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from in_process_service import Served, make_film

from pipeline.ffmpeg import ffprobe
from pipeline.values.library.coverage import CoverageState
from pipeline.values.media import Source
from pipeline.values.rules.rule import Rule
from pipeline.values.tasks import DubRequest
from serve.intake.existing_audio import drop_heard_languages
from serve.intake.webhook_payloads import parse_webhook
from serve.library.library_scan import LibraryScanner
from serve.library.library_webhooks import update_library
from serve.library.wanted_languages import WantedLanguages


def scan(service: Served, **changes: object) -> None:
    """Scan in this thread. `changes`: of the settings."""
    settings = replace(service.settings, **changes)
    wanted = WantedLanguages.of(settings, service.store.rules.list_rules())
    number = service.store.library.begin_scan(wanted.key)
    assert number is not None
    LibraryScanner(service.store, settings, wanted, number).run()


def read(service: Served, **query: object) -> dict:
    answer = service.client.get("/api/library/coverage", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def states(service: Served, **query: object) -> dict[str, str]:
    return {Path(film["path"]).name: film["state"] for film in read(service, **query)["films"]}


@pytest.fixture
def library(service: Served) -> Path:
    """Four films: in English, in Spanish, in both, and one that is left out by a rule."""
    root = service.settings.library_roots[0]
    (root / "skipped").mkdir()
    make_film(root / "english.mkv", language="eng")
    make_film(root / "spanish.mkv", language="spa")
    shutil.copy(root / "english.mkv", root / "skipped" / "left out.mkv")
    (root / "broken.mkv").write_bytes(b"no film")
    return root


def test_each_film_has_the_state_of_its_wanted_languages(service: Served, library: Path) -> None:
    service.store.rules.replace_rules([Rule("Left", str(library / "skipped"), skip=True)])
    scan(service, target_langs=("es",))
    expected = {"broken.mkv": "not_wanted", "english.mkv": "needed", "left out.mkv": "not_wanted", "spanish.mkv": "complete"}
    assert states(service) == expected
    answer = read(service)
    assert answer["counts"] == {"needed": 1, "partial": 0, "complete": 1, "not_wanted": 2} and answer["total"] == 4
    reasons = {film["title"]: film["reason"] for film in answer["films"]}
    assert reasons["left out"] == "left out by the rule Left" and "broken.mkv" in reasons["broken"] and not reasons["english"]
    scan(service, target_langs=("es-MX", "ca"))
    assert states(service)["spanish.mkv"] == "partial" and states(service, language="es")["spanish.mkv"] == "complete"
    assert states(service, state="needed", search="ENG") == {"english.mkv": "needed"}


def test_a_file_is_probed_once_for_each_version_and_forgotten_when_it_is_gone(
    service: Served, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan(service)
    probed = []
    probe = ffprobe.probe_film
    monkeypatch.setattr(ffprobe, "probe_film", lambda path: probed.append(path.name) or probe(path))
    scan(service)
    assert probed == []
    os.utime(library / "english.mkv", ns=(1, 1))
    (library / "broken.mkv").unlink()
    scan(service)
    assert probed == ["english.mkv"] and "broken.mkv" not in states(service)
    library.rename(library.with_name("unmounted"))
    scan(service)
    library.with_name("unmounted").rename(library)
    answer = read(service)
    assert len(answer["films"]) == 3 and "is not there; check that it is mounted" in answer["scan"]["problems"][0]


def test_a_finished_dub_covers_its_language_and_a_queued_one_shows(service: Served, library: Path) -> None:
    scan(service, target_langs=("es",))
    path = str(library / "english.mkv")
    dub = service.client.post("/api/library/dub", json={"paths": [path, str(library / "spanish.mkv"), "/nowhere.mkv"]}).json()
    assert dub["queued"] == 1 and [each["message"] is None for each in dub["outcomes"]] == [True, False, False]
    (film,) = read(service, search="english")["films"]
    assert film["wanted"] == [{"language": "es", "state": "queued"}] and film["state"] == "needed"
    again = service.client.post("/api/library/dub", json={"paths": [path]}).json()
    assert again["queued"] == 0 and "queued" in again["outcomes"][0]["message"]
    service.store._database.execute("UPDATE tasks SET status = 'DONE' WHERE path = ?", [path])
    (film,) = read(service, search="english")["films"]
    assert film["wanted"] == [{"language": "es", "state": "dub"}] and film["state"] == "complete"
    assert film["task"] == dub["outcomes"][0]["task"]


def test_a_sidecar_dub_counts_whose_task_was_deleted_or_of_another_data_folder(service: Served, library: Path) -> None:
    scan(service, target_langs=("es", "ca"))
    digest = Source.of(library / "english.mkv").digest
    make_film(library / "english.es.mka", language="spa", tags=(f"DUBARR_SOURCE={digest}",))
    make_film(library / "english.ca.mka", language="cat", tags=("DUBARR_SOURCE=of an earlier version",))
    scan(service, target_langs=("es", "ca"))
    (film,) = read(service, search="english.mkv")["films"]
    assert film["state"] == "partial" and [each["state"] for each in film["wanted"]] == ["dub", "missing"]
    assert read(service, search="english.mkv", language="es-MX")["counts"]["complete"] == 1, "whatever the region"
    (library / "english.es.mka").unlink()
    scan(service, target_langs=("es", "ca"))
    assert states(service)["english.mkv"] == "needed"


@pytest.mark.parametrize(("dubbed", "wanted"), [("pt-PT", "pt-BR"), ("pt", "pt-BR"), ("pt-BR", "pt"), ("no", "nb")])
def test_a_dub_covers_its_language_whatever_the_region_as_at_intake(
    service: Served, library: Path, dubbed: str, wanted: str
) -> None:
    scan(service, target_langs=(wanted, "ca"))
    path = library / "english.mkv"
    version = path.stat()
    service.store.tasks.submit(DubRequest(path, version.st_size, version.st_mtime_ns, (dubbed,)))
    (film,) = read(service, search="english")["films"]
    assert [each["state"] for each in film["wanted"]] == ["queued", "missing"]
    service.store._database.execute("UPDATE tasks SET status = 'DONE'")
    (film,) = read(service, search="english")["films"]
    assert film["state"] == "partial" and [each["state"] for each in film["wanted"]] == ["dub", "missing"]
    assert read(service, search="english", language=wanted)["films"][0]["state"] == "complete"
    assert drop_heard_languages((wanted, "ca"), (dubbed,)) == ("ca",)


def test_a_scan_is_started_once_and_its_end_is_told(service: Served, library: Path) -> None:
    assert read(service)["outdated"] and read(service)["scan"] is None
    running = service.store.library.begin_scan("other")
    answer = service.client.post("/api/library/scan")
    assert answer.status_code == 409 and "is running" in answer.json()["detail"]
    service.store.library.finish_scan(running, (), None)
    assert service.client.post("/api/library/scan").status_code == 202
    deadline = time.monotonic() + 120
    while read(service)["scan"]["running"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    answer = read(service)
    assert (answer["scan"]["seen"], answer["scan"]["total"], answer["total"]) == (4, 4, 4) and not answer["outdated"]
    service.store.rules.replace_rules([Rule("Anime", "/anime", target_langs=("ca",))])
    assert read(service)["outdated"]


def test_webhooks_add_and_remove_films(service: Served, library: Path) -> None:
    path = library / "english.mkv"
    service.client.post("/webhook", json={"path": str(path)})
    assert states(service) == {"english.mkv": "needed"}
    moved = path.rename(library / "renamed.mkv")
    move = {"previousPath": str(path), "path": str(moved)}
    service.client.post("/webhook", json={"eventType": "Rename", "movie": {"id": 1}, "renamedMovieFiles": [move]})
    assert list(states(service)) == ["renamed.mkv"]
    moved.unlink()
    service.client.post("/webhook", json={"eventType": "MovieFileDelete", "movie": {"id": 1}, "movieFile": {"path": str(moved)}})
    assert states(service) == {}


def test_a_webhooks_tags_decide_and_one_without_them_leaves_them_as_they_were(service: Served, library: Path) -> None:
    service.settings = replace(service.settings, library_exclude_tags=("Kids",))
    update = partial(update_library, store=service.store, settings=service.settings)
    arrival = {
        "eventType": "Download",
        "movie": {"id": 1, "tags": ["kids", "hd"]},
        "movieFile": {"path": str(library / "english.mkv")},
    }
    update(parse_webhook(arrival))
    (film,) = read(service)["films"]
    assert (film["state"], film["reason"]) == ("not_wanted", "left out by its tag kids")
    for told in ({}, {"tags": [3]}):  # an older version, or numbers in place of labels
        update(parse_webhook({**arrival, "movie": {"id": 1, **told}}))
        assert states(service) == {"english.mkv": "not_wanted"}
    update(parse_webhook({**arrival, "movie": {"id": 1, "tags": []}}))
    assert states(service) == {"english.mkv": "needed"}


def test_a_webhook_queues_no_film_that_its_tags_leave_out_unless_it_is_forced(service: Served, library: Path) -> None:
    state = service.client.app.state
    settings = replace(service.settings, library_exclude_tags=("kids",))
    state.context = replace(state.context, live=lambda: settings)
    movie = {"id": 1, "tags": ["Kids"]}
    arrival = {
        "eventType": "Download",
        "movie": movie,
        "movieFile": {"path": str(library / "english.mkv")},
        "target_langs": ["es"],
    }
    answer = service.client.post("/webhook", json=arrival).json()
    assert answer == {"status": "ignored", "detail": "left out by its tag Kids; force dubs it all the same"}
    assert not service.tasks()
    assert service.client.post("/webhook", json={**arrival, "force": True}).json()["status"] == "queued"
    assert service.client.post("/webhook", json={**arrival, "movie": {"id": 1}}).json()["status"] == "queued", (
        "its tags are not told"
    )


def test_a_dub_of_ours_is_no_film_of_the_library(service: Served, library: Path) -> None:
    make_film(library / "dubbed.mkv", tags=("DUBARR=0.1.0",))
    scan(service)
    (film,) = read(service, search="dubbed")["films"]
    assert (film["state"], film["reason"]) == (CoverageState.NOT_WANTED, "a dub made by Dubarr")
