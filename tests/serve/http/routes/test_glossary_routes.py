"""The glossary of the library and that of a task over HTTP: read, replaced as a whole, and refused line by line."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from in_process_service import CREDENTIALS, Served

from pipeline.errors import NotPossible
from pipeline.settings import Settings
from pipeline.values.tasks import DubRequest, TaskStatus
from serve.intake.library_glossary import read_library_glossary, read_library_text, write_library_text

TEXT = 'es: Siobhan = Siobhan [ʃiˈβon] "Chivón"\n# remark\nJon Snow\n'


def test_the_library_has_none_at_first_and_then_what_was_put(service: Served) -> None:
    path = service.settings.data_dir / "glossary.txt"
    empty = {"text": "", "terms": 0, "problems": [], "file": str(path)}
    assert service.client.get("/api/glossary").json() == empty
    answer = service.client.put("/api/glossary", json={"text": TEXT})
    assert (answer.status_code, answer.json()) == (200, empty | {"text": TEXT, "terms": 2})
    assert service.client.get("/api/glossary").json() == answer.json()
    assert path.read_text("utf-8") == TEXT
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [each.name for each in path.parent.iterdir() if "glossary" in each.name] == ["glossary.txt"]
    assert [entry.source for entry in read_library_glossary(service.settings)] == ["Siobhan", "Jon Snow"]


def test_malformed_lines_are_refused_together_and_nothing_is_written(service: Served) -> None:
    service.client.put("/api/glossary", json={"text": TEXT})
    answer = service.client.put("/api/glossary", json={"text": "Jon [ʘ]\nNed\n= x"})
    assert answer.status_code == 422
    assert "line 1: no voice knows the IPA symbol ʘ" in answer.json()["detail"]
    assert "line 3: there is no term" in answer.json()["detail"]
    assert service.client.get("/api/glossary").json()["text"] == TEXT


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": 1},
        {"text": "a", "file": "/etc/passwd"},
        [],
        {"text": "a\x00"},
    ],
)
def test_other_bodies_are_refused(service: Served, body: object) -> None:
    assert service.client.put("/api/glossary", json=body).status_code == 422


def test_a_text_that_is_no_unicode_is_refused(service: Served) -> None:
    answer = service.client.put("/api/glossary", content=b'{"text": "a \\ud800"}', headers={"content-type": "application/json"})
    assert answer.status_code == 422


def test_it_is_not_for_strangers(service: Served) -> None:
    service.client.auth = (CREDENTIALS.user, "wrong")
    assert service.client.get("/api/glossary").status_code == 401
    assert service.client.put("/api/glossary", json={"text": ""}).status_code == 401


def test_a_file_with_malformed_lines_is_shown_with_its_problems(service: Served) -> None:
    (service.settings.data_dir / "glossary.txt").write_text("Jon [ʘ]\n")
    shown = service.client.get("/api/glossary").json()
    assert (shown["text"], shown["terms"]) == ("Jon [ʘ]\n", 0)
    assert shown["problems"][0].startswith("line 1: no voice knows")


def test_the_file_of_the_setting_is_replaced_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "terms.txt"
    real.write_text("Ned\n")
    real.chmod(0o640)
    (tmp_path / "link.txt").symlink_to(real)
    settings = Settings(data_dir=tmp_path, glossary=tmp_path / "link.txt")
    assert read_library_text(settings) == "Ned\n"
    write_library_text(settings, TEXT)
    assert (tmp_path / "link.txt").is_symlink()
    assert (real.read_text("utf-8"), stat.S_IMODE(real.stat().st_mode)) == (TEXT, 0o640)


@pytest.mark.parametrize("where", ["no/such/folder/terms.txt", "."])
def test_a_file_that_cannot_be_written_is_told_with_the_way_out(tmp_path: Path, where: str) -> None:
    settings = Settings(data_dir=tmp_path, glossary=tmp_path / where)
    with pytest.raises(NotPossible, match="cannot be written .*GLOSSARY"):
        write_library_text(settings, TEXT)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_without_write_permission_stays(tmp_path: Path) -> None:
    path = tmp_path / "terms.txt"
    path.write_text("Ned\n")
    path.chmod(0o444)
    with pytest.raises(NotPossible, match="no permission"):
        write_library_text(Settings(data_dir=tmp_path, glossary=path), TEXT)
    assert path.read_text() == "Ned\n"


def finished(service: Served, glossary: str = "") -> str:
    service.store.tasks.submit(replace(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)), glossary=glossary))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    service.store.leases.finish(claim[1], Path("/dubs/a.mkv"))
    return f"/api/tasks/{claim[0].id}"


def test_a_tasks_glossary_is_changed_with_the_task_which_is_dubbed_again_for_it(service: Served) -> None:
    url = finished(service)
    assert service.client.get(f"{url}/glossary").json() == {"text": "", "terms": 0, "problems": [], "file": None}
    assert service.client.patch(url, json={"glossary": ""}).json()["status"] == "DONE"
    assert service.client.patch(url, json={"glossary": TEXT}).json()["status"] == "QUEUED"
    assert service.client.get(f"{url}/glossary").json()["terms"] == 2
    assert service.client.get("/api/tasks/999/glossary").status_code == 404


def test_a_malformed_glossary_of_a_task_is_refused_line_by_line(service: Served) -> None:
    url = finished(service, TEXT)
    answer = service.client.patch(url, json={"glossary": "Jon [x"})
    assert (answer.status_code, answer.json()["detail"][:41]) == (422, "the glossary cannot be used: line 1: a sq")
    assert service.client.patch(url, json={"glossary": "é" * (33 << 10)}).status_code == 422
    assert service.client.get(f"{url}/glossary").json()["text"] == TEXT
    assert service.store.tasks.list_newest()[0][0].status is TaskStatus.DONE


def test_it_comes_with_a_film_by_its_path_or_as_a_field_of_the_upload(service: Served, films: Path) -> None:
    film = service.library / "english.mkv"
    film.write_bytes((films / "english.mkv").read_bytes())
    for glossary in ("Jon [x", "Jon"):
        service.client.post("/webhook", json={"path": str(film), "target_langs": ["es"], "glossary": glossary, "force": True})
    with film.open("rb") as file:
        fields = {"target_langs": "es", "glossary": TEXT}
        assert service.client.post("/upload", files={"file": ("b.mkv", file)}, data=fields).status_code == 303
    with film.open("rb") as file:
        bad = service.client.post("/upload", files={"file": ("c.mkv", file)}, data=fields | {"glossary": "["})
    assert (bad.status_code, "line 1" in bad.json()["detail"]) == (422, True)
    uploaded, by_path = service.tasks()
    assert service.store.lines.get_glossary(by_path.id) == "Jon"
    assert service.store.lines.get_glossary(uploaded.id).replace("\r\n", "\n").strip() == TEXT.strip()
    assert sorted(path.name for path in service.settings.videos_dir.iterdir()) == ["b.mkv"]
