"""Files given out over HTTP lie where films and dubs may lie, whatever a row, a link or a race says."""

from pathlib import Path

import pytest
from in_process_service import Served, make_film

from pipeline.filesystem.path_guard import open_file
from pipeline.values.tasks import DubRequest, Task
from serve.http.media.audio_tracks import open_playable
from serve.http.media.file_responses import OpenedFileResponse


def finished(service: Served, output: Path) -> Task:
    film = service.library / "film.mkv"
    task = service.store.tasks.submit(DubRequest(film, 1, 1, ("es",))).task
    claim = service.store.leases.claim_next_task("test", 60.0)
    assert claim is not None
    service.store.leases.finish(claim[1], output)
    return task


@pytest.mark.parametrize("how", ["row", "link", "folder"])
def test_a_file_outside_is_not_given_out_as_a_dub(service: Served, tmp_path: Path, how: str) -> None:
    secret = tmp_path / "secret" / "film.mkv"
    secret.parent.mkdir()
    secret.write_text("secret")
    output = service.settings.dubs / "1" / "film.mkv"
    output.parent.parent.mkdir(parents=True)
    if how == "folder":
        output.parent.symlink_to(secret.parent)
    elif how == "link":
        output.parent.mkdir()
        output.symlink_to(secret)
    task = finished(service, secret if how == "row" else output)
    for path in (f"/download/{task.id}", f"/api/tasks/{task.id}/tracks", f"/api/tasks/{task.id}/watch"):
        answer = service.client.get(path)
        assert answer.status_code == 403, path
        assert "does not lie under a library root" in answer.json()["detail"]
        assert "secret" not in answer.text.replace(str(secret), "")
    assert service.client.head(f"/download/{task.id}").status_code == 403


@pytest.mark.parametrize("name", ["credentials", "dubarr.duckdb", "artifacts/take.wav"])
def test_nothing_else_of_the_data_folder_is_given_out_as_a_dub(service: Served, name: str) -> None:
    path = service.settings.data_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert service.client.get(f"/download/{finished(service, path).id}").status_code == 403


@pytest.mark.parametrize("where", ["dubs", "library", "videos"])
def test_dubs_are_given_out_from_where_they_may_lie(service: Served, where: str) -> None:
    folder = {"dubs": service.settings.dubs / "1", "library": service.library, "videos": service.settings.videos_dir}[where]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a dub.mkv").write_bytes(b"0123456789")
    task = finished(service, folder / "a dub.mkv")
    answer = service.client.get(f"/download/{task.id}")
    assert (answer.status_code, answer.content) == (200, b"0123456789")
    assert "a%20dub.mkv" in answer.headers["content-disposition"]
    part = service.client.get(f"/download/{task.id}", headers={"Range": "bytes=2-4", "If-Range": answer.headers["etag"]})
    assert (part.status_code, part.content) == (206, b"234")


def test_a_file_swapped_before_it_is_sent_is_sent_as_it_was_checked(tmp_path: Path) -> None:
    import asyncio

    dub, secret = tmp_path / "dubs" / "film.mkv", tmp_path / "secret"
    dub.parent.mkdir()
    dub.write_bytes(b"a dub")
    secret.write_bytes(b"a secret")
    response = OpenedFileResponse(open_file(dub, (dub.parent,)), media_type="application/octet-stream", filename="film.mkv")
    dub.unlink()
    dub.symlink_to(secret)
    sent: list[bytes] = []

    async def send(message: dict[str, object]) -> None:
        if isinstance(body := message.get("body"), bytes):
            sent.append(body)

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "headers": [], "asgi": {"spec_version": "2.4"}}
    asyncio.run(response(scope, receive, send))
    assert b"".join(sent) == b"a dub"


def test_a_film_that_is_watched_is_held_open_until_it_was_sent(service: Served) -> None:
    film = make_film(service.library / "film.mkv", seconds=6.0)
    task = service.store.tasks.submit(DubRequest(film, film.stat().st_size, film.stat().st_mtime_ns, ("es",), "en", 6.0)).task
    with open_playable(task, service.settings) as shown:
        film.unlink()
        assert shown.path.stat().st_size == task.size
    assert not shown.path.exists()


def test_languages_are_not_added_to_a_film_outside(service: Served, tmp_path: Path) -> None:
    film = make_film(tmp_path / "outside.mkv")
    task = service.store.tasks.submit(DubRequest(film, 1, 1, ("es",), "en")).task
    answer = service.client.patch(f"/api/tasks/{task.id}", json={"target_langs": ["ca"]})
    assert answer.status_code == 403, answer.text
