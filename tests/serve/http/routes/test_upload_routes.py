"""Resumable uploads by tus 1.0: parts, breaks, restarts, checksums, expiry, and a film that is queued when it is whole."""

import asyncio
import base64
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from in_process_service import Served
from starlette.requests import ClientDisconnect

from pipeline.errors import NotFound, StoreError
from serve.http.routes.resumable import part_receiver
from serve.http.routes.resumable.part_receiver import Part, receive_part
from serve.http.routes.resumable.tus_headers import MAX_PART_BYTES, PART_TYPE, Checksum
from serve.intake.resumable import partial_uploads
from serve.intake.resumable.partial_upload import PartialUpload
from serve.intake.resumable.partial_uploads import MAX_OPEN_UPLOADS, PartialUploads
from serve.request_errors import BadRequest, NoRoom

VERSION = {"Tus-Resumable": "1.0.0"}
Answer = Any


def encode(**fields: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in fields.items())


def create(service: Served, length: int | str, name: str = "film.mkv", **fields: str) -> Answer:
    headers = VERSION | {"Upload-Length": str(length), "Upload-Metadata": encode(filename=name, **fields)}
    return service.client.post("/api/uploads", headers=headers)


def send(service: Served, url: str, offset: int, content: bytes, **headers: str) -> Answer:
    given = VERSION | {"Upload-Offset": str(offset), "Content-Type": PART_TYPE} | headers
    return service.client.patch(url, content=content, headers=given)


def ask(service: Served, url: str) -> Answer:
    return service.client.head(url, headers=VERSION)


def partial_files(service: Served) -> list[str]:
    return sorted(path.name for path in (service.settings.videos_dir / ".uploads").iterdir() if path.name != "lock")


def whole_films(service: Served) -> list[str]:
    return sorted(path.name for path in service.settings.videos_dir.iterdir() if path.is_file())


@pytest.fixture
def film(films: Path) -> bytes:
    return (films / "english.mkv").read_bytes()


def test_a_film_in_parts_arrives_whole_and_is_queued_by_the_last(service: Served, film: bytes) -> None:
    created = create(service, len(film), "Mi película.mkv", target_langs="es,ca", speakers="2")
    url = created.headers["location"]
    assert (created.status_code, created.headers["upload-offset"]) == (201, "0")
    half = len(film) // 2
    first = send(service, url, 0, film[:half])
    assert (first.status_code, first.headers["upload-offset"], "dubarr-task" in first.headers) == (204, str(half), False)
    told = ask(service, url)
    assert (told.headers["upload-offset"], told.headers["upload-length"]) == (str(half), str(len(film)))
    assert told.headers["cache-control"] == "no-store" and "GMT" in told.headers["upload-expires"]
    assert told.headers["upload-metadata"] == encode(filename="Mi película.mkv", target_langs="es,ca", speakers="2")
    last = send(service, url, half, film[half:])
    (task,) = service.tasks()
    assert (last.status_code, last.headers["dubarr-task"]) == (204, str(task.id))
    assert (task.path.name, task.target_langs, task.speakers) == ("Mi película.mkv", ("es", "ca"), 2)
    assert task.path.read_bytes() == film
    again = ask(service, url)
    assert (again.headers["upload-offset"], again.headers["dubarr-task"]) == (str(len(film)), str(task.id)), "the answer was lost"
    assert service.client.delete(url, headers=VERSION).status_code == 204
    assert task.path.exists() and partial_files(service) == []


def test_a_small_film_goes_with_its_creation(service: Served, film: bytes) -> None:
    headers = VERSION | {"Upload-Length": str(len(film)), "Upload-Metadata": encode(filename="a.mkv"), "Content-Type": PART_TYPE}
    created = service.client.post("/api/uploads", headers=headers, content=film)
    assert (created.status_code, created.headers["upload-offset"]) == (201, str(len(film)))
    assert [str(task.id) for task in service.tasks()] == [created.headers["dubarr-task"]]


def test_subtitles_and_a_glossary_belong_to_the_films_upload(service: Served, film: bytes) -> None:
    url = create(service, len(film), "a.mkv", target_langs="es", subtitle_track="other.en.srt").headers["location"]
    film_id = url.rpartition("/")[2]
    text, terms = b"1\n00:00:00,100 --> 00:00:00,900\nHello.\n", "es: Ñu = Ñu\n".encode()
    for name, kind, content in (
        ("other.en.srt", "subtitles", b"former"),
        ("other.en.srt", "subtitles", text),
        ("g", "glossary", terms),
    ):
        sidecar = create(service, len(content), name, kind=kind, film=film_id).headers["location"]
        assert send(service, sidecar, 0, content).status_code == 204
    assert send(service, url, 0, film).status_code == 204
    (task,) = service.tasks()
    assert (task.subtitle_track, service.store.lines.get_glossary(task.id)) == ("a.en.srt", terms.decode())
    assert task.path.with_suffix(".en.srt").read_bytes() == text
    assert len(partial_files(service)) == 2, "the record and the offset of the whole film"


@pytest.mark.parametrize(
    ("fields", "length", "status", "words"),
    [
        ({"name": "a.exe"}, 5, 422, "not named like a film"),
        ({"name": "a.mkv"}, 0, 400, "is empty"),
        ({"name": "a.mkv"}, "five", 400, "Upload-Length"),
        ({"name": "a.mkv"}, 1 << 50, 413, "limit"),
        ({"name": "a.mkv"}, 1 << 39, 507, "make room"),
        ({"name": "a.mkv", "speakers": "many"}, 5, 400, "speakers"),
        ({"name": "a.mkv", "glossary": "es: ["}, 5, 422, "glossary"),
        ({"name": "a.mkv", "priority": "now"}, 5, 400, "priority"),
        ({"name": "a.mkv", "colour": "red"}, 5, 400, "no key 'colour'"),
        ({"name": "a.srt", "kind": "subtitles", "film": "0" * 32}, 5, 404, "create it first"),
        ({"name": "a.mkv", "kind": "subtitles", "film": "0" * 32}, 5, 400, "subtitle file"),
        ({"name": "a.srt", "kind": "poster"}, 5, 400, "kind"),
        ({"name": "a.srt", "kind": "subtitles", "film": "0" * 32}, 11_000_000, 413, "longer"),
    ],
)
def test_what_would_be_refused_at_the_end_is_refused_at_the_beginning(
    service: Served, fields: dict[str, str], length: int | str, status: int, words: str
) -> None:
    refused = create(service, length, **fields)
    assert refused.status_code == status
    assert words in refused.json()["detail"]
    assert refused.headers["tus-resumable"] == "1.0.0"


@pytest.mark.parametrize(
    "header", ["filename", "filename !!!", "filename /w==", "filename YQ==,filename YQ==", "filename " + "YWFh" * 4000]
)
def test_metadata_that_cannot_be_read_is_refused(service: Served, header: str) -> None:
    refused = service.client.post("/api/uploads", headers=VERSION | {"Upload-Length": "5", "Upload-Metadata": header})
    assert refused.status_code in {400, 413, 422}


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Upload-Offset": "3"}, b"x", 409),
        ({"Upload-Offset": "-1"}, b"x", 400),
        ({"Content-Type": "video/mp4"}, b"x", 415),
        ({"Tus-Resumable": "0.2.2"}, b"x", 412),
        ({}, b"x" * 11, 413),
        ({"Upload-Checksum": "md5 YQ=="}, b"x", 400),
        ({"Upload-Checksum": "sha1 !"}, b"x", 400),
        ({"Upload-Checksum": "sha1 YQ=="}, b"x", 460),
    ],
)
def test_a_part_that_does_not_fit_is_refused_and_changes_nothing(
    service: Served, headers: dict[str, str], content: bytes, status: int
) -> None:
    url = create(service, 10).headers["location"]
    refused = send(service, url, 0, content, **headers)
    assert (refused.status_code, bool(refused.json()["detail"])) == (status, True)
    assert ask(service, url).headers["upload-offset"] == "0"
    if status == 409:
        assert refused.headers["upload-offset"] == "0"
    if status == 412:
        assert refused.headers["tus-version"] == "1.0.0"


def test_a_part_is_bounded_and_its_length_is_known_before_it_is_read(service: Served) -> None:
    url = create(service, MAX_PART_BYTES + 1).headers["location"]
    assert send(service, url, 0, bytes(MAX_PART_BYTES + 1)).status_code == 413
    headers = VERSION | {"Upload-Offset": "0", "Content-Type": PART_TYPE}
    assert service.client.patch(url, content=iter([b"x"]), headers=headers).status_code == 411


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_part_with_its_checksum_is_kept(service: Served, film: bytes, algorithm: str) -> None:
    url = create(service, len(film)).headers["location"]
    checksum = base64.b64encode(hashlib.new(algorithm, film).digest()).decode()
    assert send(service, url, 0, film, **{"Upload-Checksum": f"{algorithm} {checksum}"}).status_code == 204
    assert len(service.tasks()) == 1


def test_the_protocol_tells_what_it_does(service: Served) -> None:
    told = service.client.options("/api/uploads")
    assert (told.status_code, told.headers["tus-version"]) == (204, "1.0.0")
    assert told.headers["tus-extension"] == "creation,creation-with-upload,expiration,checksum,termination"
    assert told.headers["tus-checksum-algorithm"] == "sha1,sha256"


def test_a_client_that_can_only_post_sends_parts_and_cancels(service: Served) -> None:
    url = create(service, 5).headers["location"]
    headers = VERSION | {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Content-Type": PART_TYPE}
    assert service.client.post(url, content=b"ab", headers=headers).headers["upload-offset"] == "2"
    assert service.client.post(url, headers=VERSION | {"X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert ask(service, url).status_code == 404
    assert service.client.post(url, headers=VERSION).status_code == 405


def test_what_is_no_film_is_refused_when_it_is_whole_and_leaves_nothing(service: Served) -> None:
    url = create(service, 5, "text.mkv").headers["location"]
    sidecar = create(service, 5, "text.srt", kind="subtitles", film=url.rpartition("/")[2]).headers["location"]
    send(service, sidecar, 0, b"Hello")
    refused = send(service, url, 0, b"words")
    assert (refused.status_code, "not a film" in refused.json()["detail"]) == (422, True)
    assert (whole_films(service), partial_files(service), service.tasks()) == ([], [], ())


def test_a_glossary_that_is_none_is_refused_before_the_film_is_whole(service: Served) -> None:
    url = create(service, 50).headers["location"]
    glossary = create(service, 5, "g", kind="glossary", film=url.rpartition("/")[2]).headers["location"]
    assert send(service, glossary, 0, b"es: [").status_code == 422
    assert ask(service, glossary).status_code == 404
    assert ask(service, url).status_code == 200


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "x" * 32, "0" * 31, "0" * 33, "%00"])
def test_an_address_leads_to_uploads_only(service: Served, name: str) -> None:
    assert ask(service, f"/api/uploads/{name}").status_code in {404, 422}


@pytest.mark.parametrize(
    "name", ["../../../etc/x.mkv", "a\0b.mkv", "\u202egnp.mkv", "x" * 300 + ".mkv", "..\\..\\y.mkv", ".mkv.mkv"]
)
def test_a_hostile_name_leads_nowhere_else(service: Served, film: bytes, name: str) -> None:
    url = create(service, len(film), name).headers["location"]
    assert send(service, url, 0, film).status_code == 204
    (task,) = service.tasks()
    assert task.path.parent == service.settings.videos_dir.resolve()
    assert task.path.name.isprintable() and len(task.path.name.encode()) < 200


def test_abandoned_uploads_expire_with_their_sidecars(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    url = create(service, 50).headers["location"]
    create(service, 5, "a.srt", kind="subtitles", film=url.rpartition("/")[2])
    later = time.time() + partial_uploads.EXPIRES_AFTER_S + 1
    with monkeypatch.context() as patched:
        patched.setattr(partial_uploads.time, "time", lambda: later)
        assert ask(service, url).status_code == 410
        fresh = create(service, 50).headers["location"].rpartition("/")[2]
    assert {name.partition(".")[0] for name in partial_files(service)} == {fresh}


def test_the_number_of_open_uploads_and_their_bytes_are_bounded(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 10 << 30
    monkeypatch.setattr("serve.intake.upload_disk_space.shutil.disk_usage", lambda _: type("Usage", (), {"free": free})())
    assert create(service, 6 << 30).status_code == 201
    assert create(service, 6 << 30).status_code == 507, "the rest of the first is reserved"
    assert [create(service, 5).status_code for _ in range(MAX_OPEN_UPLOADS)] == [201] * (MAX_OPEN_UPLOADS - 1) + [429]


async def break_off(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]
    raise ClientDisconnect


@pytest.mark.parametrize("with_checksum", [False, True])
def test_of_a_part_that_breaks_off_what_arrived_stays_unless_it_has_a_checksum(
    service: Served, tmp_path: Path, with_checksum: bool
) -> None:
    uploads = PartialUploads(tmp_path)
    uploads.create(upload := PartialUpload("0" * 32, 5 << 20, "a.mkv"))
    content = os.urandom(3 * part_receiver.WRITE_BYTES + 70_000)
    checksum = Checksum.parse("sha1 YQ==") if with_checksum else None
    part = Part(break_off(content), 0, 5 << 20, checksum)
    with pytest.raises(BadRequest, match="broke off"):
        asyncio.run(receive_part(upload, uploads, service.client.app.state.admission, part))
    kept = b"" if with_checksum else content
    assert uploads.read_offset(upload.id) == len(kept)
    assert (tmp_path / ".uploads" / f"{upload.id}.part").read_bytes()[: len(kept)] == kept


def test_a_cancelled_request_commits_what_arrived_and_gives_the_lock_back(service: Served, tmp_path: Path) -> None:
    uploads = PartialUploads(tmp_path)
    uploads.create(upload := PartialUpload("0" * 32, 5 << 20, "a.mkv"))

    async def stall() -> AsyncIterator[bytes]:
        yield b"x" * 100
        await asyncio.Event().wait()

    async def cancel() -> None:
        part = Part(stall(), 0, 5 << 20, None)
        receiving = asyncio.ensure_future(receive_part(upload, uploads, service.client.app.state.admission, part))
        await asyncio.sleep(0.2)
        receiving.cancel()
        await asyncio.wait([receiving])

    asyncio.run(cancel())
    assert uploads.read_offset(upload.id) == 100
    with uploads.hold(upload.id) as writer:
        assert writer.offset == 100


def test_bytes_whose_sync_failed_are_never_told_as_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = PartialUploads(tmp_path)
    uploads.create(upload := PartialUpload("0" * 32, 5, "a.mkv"))

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with uploads.hold(upload.id) as writer:
        writer.write([b"abc"])
        with monkeypatch.context() as patched:
            patched.setattr(os, "fdatasync", fail)
            with pytest.raises(NoRoom, match="No space left"):
                writer.sync()
        with pytest.raises(NoRoom):  # the next sync succeeds, as Linux tells an error once
            writer.commit()
    assert uploads.read_offset(upload.id) == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from serve.intake.resumable.partial_uploads import PartialUploads
with PartialUploads(Path(sys.argv[1])).hold("0" * 32) as writer:
    writer.write([b"a" * 1000])
    writer.commit()
    writer.write([b"b" * 1000])
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_offset_outlives_kill_9_and_what_was_not_committed_is_sent_again(tmp_path: Path) -> None:
    uploads = PartialUploads(tmp_path)
    uploads.create(upload := PartialUpload("0" * 32, 2000, "a.mkv"))
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path], cwd=Path(__file__).parents[4], check=False)
    assert killed.returncode == -9
    assert uploads.read_offset(upload.id) == 1000
    with uploads.hold(upload.id) as writer:  # the lock died with the process
        writer.write([b"c" * 500])
        assert writer.commit() == 1500
    assert (tmp_path / ".uploads" / f"{upload.id}.part").read_bytes()[:1500] == b"a" * 1000 + b"c" * 500


def test_two_writers_of_one_upload_are_kept_apart(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partial_uploads, "LOCK_WAIT_S", 0.1)
    url = create(service, 5).headers["location"]
    uploads = PartialUploads(service.settings.videos_dir)
    with uploads.hold(url.rpartition("/")[2]):
        assert send(service, url, 0, b"ab").status_code == 423
    assert send(service, url, 0, b"ab").status_code == 204


def test_a_whole_film_that_could_not_be_queued_stays_and_is_queued_by_the_next_request(
    service: Served, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("the store is restarting")

    url = create(service, len(film)).headers["location"]
    sidecar = create(service, 5, "film.en.srt", kind="subtitles", film=url.rpartition("/")[2]).headers["location"]
    send(service, sidecar, 0, b"Hello")
    with monkeypatch.context() as patched:
        patched.setattr("serve.intake.resumable.upload_completion.submit_upload", fail)
        assert send(service, url, 0, film).status_code == 503
    told = ask(service, url)
    (task,) = service.tasks()
    assert told.headers["dubarr-task"] == str(task.id)
    assert whole_films(service) == ["film.en.srt", "film.mkv"]


def test_an_upload_that_was_removed_meanwhile_is_not_there(tmp_path: Path) -> None:
    uploads = PartialUploads(tmp_path)
    uploads.create(upload := PartialUpload("0" * 32, 5, "a.mkv"))
    uploads.remove(upload)
    with pytest.raises(NotFound), uploads.hold(upload.id):
        pass
