"""Choosing: the library folder by folder, nothing outside it, and the languages."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from in_process_service import Served
from problem_details import read_problem

from pipeline.values.tasks import DubRequest
from serve.http import folder_listing

Put = Callable[..., Path]


def shelf(service: Served, folder: object = None) -> Any:
    answer = service.client.get("/api/library", params={"folder": str(folder)} if folder else {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_without_a_folder_the_roots_are_shown(service: Served) -> None:
    roots = [{"name": path.name, "path": str(path)} for path in (service.library, service.settings.videos_dir)]
    assert shelf(service) == {"folder": None, "parent": None, "folders": roots, "films": []}


def test_a_folder_shows_its_folders_and_films_in_the_order_of_people(service: Served) -> None:
    for name in ("Episode 10.mkv", "episode 2.MP4", "Episode 1.mkv", "notes.txt", ".hidden.mkv"):
        (service.library / name).write_bytes(b"12345")
    for name in ("Season 2", "Season 10", ".trash"):
        (service.library / name).mkdir()
    film = service.library / "episode 2.MP4"
    task = service.store.tasks.submit(DubRequest(film, 5, 1, ("es",))).task
    newer = service.store.tasks.submit(DubRequest(film, 6, 1, ("es",))).task
    found = shelf(service, service.library)
    assert [each["name"] for each in found["folders"]] == ["Season 2", "Season 10"]
    assert [each["name"] for each in found["films"]] == ["Episode 1.mkv", "episode 2.MP4", "Episode 10.mkv"]
    assert found["films"][1] == {"name": "episode 2.MP4", "path": str(film), "size": 5, "task": max(task.id, newer.id)}
    assert found["films"][0]["task"] is None
    assert (found["folder"], found["parent"]) == (str(service.library), None)
    assert shelf(service, service.library / "Season 2")["parent"] == str(service.library)


def test_a_folder_may_be_named_as_other_machines_name_it(service: Served) -> None:
    (service.library / "Season 1").mkdir()
    for name in ("/tv/Season 1", "D:\\Films\\Season 1"):
        assert shelf(service, name)["folder"] == str(service.library / "Season 1")


@pytest.mark.parametrize("folder", ["/etc", "/", "..", "/tv/../..", "/tv/out", "/tv/\0", "\ud800", "relative", "C:\\", " ", "~"])
def test_what_lies_outside_is_refused(service: Served, tmp_path: Path, folder: str) -> None:
    (tmp_path / "outside").mkdir()
    (service.library / "out").symlink_to(tmp_path / "outside")
    query = "folder=" + "".join(f"%{byte:02x}" for byte in folder.encode("utf-8", "surrogatepass"))
    answer = service.client.get(f"/api/library?{query}")
    assert (answer.status_code, read_problem(answer)) == (403, "film-refused")


@pytest.mark.parametrize("folder", ["/tv/nowhere", "/tv/film.mkv", "/tv/" + "x" * 300, "/tv/loop"])
def test_what_is_no_folder_is_404(service: Served, put: Put, folder: str) -> None:
    put()
    (service.library / "loop").symlink_to(service.library / "loop")
    answer = service.client.get("/api/library", params={"folder": folder})
    assert (answer.status_code, read_problem(answer)) == (404, "film-not-found")


def test_links_within_the_library_are_followed_and_others_left_out(service: Served, put: Put, tmp_path: Path) -> None:
    film = put("shows/film.mkv")
    (tmp_path / "secret.mkv").write_bytes(b"x")
    (service.library / "link.mkv").symlink_to(film)
    (service.library / "out.mkv").symlink_to(tmp_path / "secret.mkv")
    (service.library / "outside").symlink_to(tmp_path)
    (service.library / "dangling.mkv").symlink_to(service.library / "gone.mkv")
    os.mkfifo(service.library / "pipe.mkv")
    (service.library / os.fsdecode(b"\xff.mkv")).write_bytes(b"x")
    found = shelf(service, service.library)
    assert [each["name"] for each in found["folders"]] == ["shows"]
    assert [(each["name"], each["path"]) for each in found["films"]] == [("link.mkv", str(service.library / "link.mkv"))], (
        "of a link its own"
    )


def test_a_large_folder_is_cut_at_a_thousand_films(service: Served) -> None:
    for n in range(folder_listing.MAX_SHOWN_ENTRIES + 5):
        (service.library / f"{n}.mkv").touch()
    films = shelf(service, service.library)["films"]
    assert (len(films), films[-1]["name"]) == (folder_listing.MAX_SHOWN_ENTRIES, f"{folder_listing.MAX_SHOWN_ENTRIES - 1}.mkv")


def test_languages_are_those_of_the_chosen_engines(service: Served) -> None:
    answer = service.client.get("/api/languages").json()
    assert answer["usual"] == ["es"]
    assert {"tag": "en", "name": "English"} in answer["sources"]
    spanish = {"tag": "es", "name": "Spanish", "synthesizer": "espeak", "translators": [], "route": ""}
    assert spanish in answer["targets"], "from which language is not asked"
    from_english = service.client.get("/api/languages", params={"source": "eng"}).json()["targets"]
    assert "en" not in {target["tag"] for target in from_english}
    assert spanish | {"translators": ["apertium"]} in from_english
    assert service.client.get("/api/languages", params={"source": "klingonese"}).status_code == 422
