"""Uploads: what lands on disk under which name, what is refused, and that nothing else stays."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from in_process_service import Served

from pipeline.errors import FilmError
from pipeline.values.preview import PreviewRange
from pipeline.values.tasks import Priority
from serve.http import multipart_parser, uploads
from serve.http.openapi import UPLOAD_BODY
from serve.http.uploads import receive_upload
from serve.intake import upload_folder
from serve.intake.upload_writer import Upload
from serve.request_errors import BadRequest, NoRoom, TooLarge

BOUNDARY = "xYz"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    file = "" if filename is None else f'; filename="{filename}"'
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def send(folder: Path, body: bytes, *, piece: int = 7, headers: dict[str, str] | None = None) -> Upload:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), piece):
            yield body[start : start + piece]

    return asyncio.run(receive_upload(pieces(), {"content-type": TYPE} | (headers or {}), folder))


@pytest.mark.parametrize("piece", [1, 3, 64, 100_000])
def test_a_film_lands_whole_with_its_fields_however_the_body_is_cut(tmp_path: Path, piece: int) -> None:
    content = bytes(range(256)) * 20 + b"\r\n--xY\r\n--xYz!"[:-5]
    body = part("target_langs", b"es,ca") + part("file", content, "Mi película.mkv") + part("speakers", b" 3 ") + END
    upload = send(tmp_path, body, piece=piece)
    assert upload == Upload(tmp_path / "Mi película.mkv", {"target_langs": "es,ca", "speakers": "3"})
    assert upload.path.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["Mi película.mkv"]


def test_a_film_larger_than_one_write_lands_whole(tmp_path: Path) -> None:
    content = bytes(3 * uploads.WRITE_BYTES + 5)
    assert send(tmp_path, part("file", content, "a.mkv") + END, piece=65_536).path.stat().st_size == len(content)


def test_a_field_sent_twice_is_a_list(tmp_path: Path) -> None:
    body = part("target_langs", b"es") + part("target_langs", b"ca") + part("file", b"f", "a.mkv") + END
    assert send(tmp_path, body).fields == {"target_langs": "es,ca"}


def test_an_unknown_field_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="no field 'preview_form'; the fields are .*preview_from, preview_until"):
        send(tmp_path, part("preview_form", b"10:00") + part("file", b"f", "a.mkv") + END)
    assert list(tmp_path.iterdir()) == []


def test_every_field_of_the_documentation_arrives(tmp_path: Path) -> None:
    schema = UPLOAD_BODY["requestBody"]["content"]["multipart/form-data"]["schema"]
    documented = set(schema["properties"]) - {"file", "subtitles"}
    body = b"".join(part(name, b"1") for name in sorted(documented)) + part("file", b"f", "a.mkv") + END
    assert set(send(tmp_path, body).fields) == documented


def test_subtitles_write_over_nothing_and_through_no_link(tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "a.en.srt").write_bytes(b"another film's")
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "a.es.srt").symlink_to(tmp_path / "secret")
    body = part("file", b"f", "a.mkv") + part("subtitles", b"1", "a.en.srt") + part("subtitles", b"2", "a.es.srt") + END
    upload = send(folder, body)
    assert sorted(path.name for path in upload.sidecars) == ["a.en.2.srt", "a.es.2.srt"]
    assert (folder / "a.en.srt").read_bytes() == b"another film's"
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_subtitles_land_beside_the_film_under_its_new_name(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").touch()
    body = part("subtitles", b"1", "a.en.srt") + part("file", b"f", "a.mkv") + part("subtitles", b"2", "a.es.forced.VTT") + END
    upload = send(tmp_path, body)
    assert upload.path == tmp_path / "a-2.mkv"
    assert {path.name: path.read_bytes() for path in upload.sidecars} == {"a-2.en.srt": b"1", "a-2.es.forced.vtt": b"2"}
    upload.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x.srt", "other film.en.srt", "a./../b.srt", "a.en; rm -rf.srt", "a.en\\..\\x.srt"]
)
def test_a_subtitles_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    upload = send(tmp_path, part("file", b"f", "a.mkv") + part("subtitles", b"1", name) + END)
    assert [path.parent for path in upload.sidecars] == [tmp_path]
    assert [path.name for path in upload.sidecars] == ["a.en.srt" if name.startswith("other") else "a.srt"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.en.hi.srt", "a.en.hi.srt"),
        ("a_en.srt", "a_en.srt"),
        ("a - es.forced.srt", "a - es.forced.srt"),
        ("2_English.srt", "a.en.srt"),
        ("3_Spanish (Latin America) [SDH].srt", "a.es-419.sdh.srt"),
    ],
)
def test_a_subtitles_name_keeps_its_language_in_any_spelling(tmp_path: Path, name: str, kept: str) -> None:
    upload = send(tmp_path, part("file", b"f", "a.mkv") + part("subtitles", b"1", name) + END)
    assert [path.name for path in upload.sidecars] == [kept]


def test_two_subtitles_of_one_name_are_both_kept(tmp_path: Path) -> None:
    subtitles = part("subtitles", b"1", "English.srt") + part("subtitles", b"2", "English.srt")
    upload = send(tmp_path, part("file", b"f", "a.mkv") + subtitles + END)
    assert {path.read_bytes() for path in upload.sidecars} == {b"1", b"2"}


def test_a_quotation_mark_in_a_name_arrives_as_browsers_escape_it(tmp_path: Path) -> None:
    upload = send(
        tmp_path, part("file", b"f", "The %22Best%22 – Film.mkv") + part("subtitles", b"1", "The %22Best%22 – Film.en.srt") + END
    )
    assert upload.path.name == 'The "Best" – Film.mkv'
    assert [path.name for path in upload.sidecars] == ['The "Best" – Film.en.srt']


def test_too_many_too_large_or_other_files_beside_the_film_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = part("file", b"f", "a.mkv")
    monkeypatch.setattr(multipart_parser.subtitle_limits, "MAX_SUBTITLE_BYTES", 100)
    with pytest.raises(TooLarge, match="longer than 100"):
        send(tmp_path, film + part("subtitles", bytes(101), "a.srt") + END)
    with pytest.raises(TooLarge, match="more than 8"):
        send(tmp_path, film + b"".join(part("subtitles", b"1", f"a.{n}.srt") for n in range(9)) + END)
    with pytest.raises(BadRequest, match="not named like a subtitle"):
        send(tmp_path, film + part("subtitles", b"1", "a.sh") + END)
    assert list(tmp_path.iterdir()) == []


def test_two_films_of_one_name_do_not_share_a_file(tmp_path: Path) -> None:
    paths = [send(tmp_path, part("file", content, "a.MKV") + END).path for content in (b"1", b"2")]
    assert [path.name for path in paths] == ["a.mkv", "a-2.mkv"]
    assert [path.read_bytes() for path in paths] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("film.mkv", "film"),
        ("../../etc/passwd.mkv", "passwd"),
        ("C:\\Users\\me\\film.mkv", "film"),
        ("/abs/film.mkv", "film"),
        ("...hidden.mkv", "hidden"),
        ("-rf.mkv", "rf"),
        (".mkv", "mkv"),
        ("a\r\nb\0c\x1b.mkv", "abc"),
        ("evil\u202egnp.mkv", "evilgnp"),
        ("cafe\u0301.mkv", "café"),
        ('a<b>:"c|?*.mkv', 'a_b__"c___'),
        ('The "Best" – Film -.mkv', 'The "Best" – Film -'),
        ("It’s “Quoted” — 'so'.mkv", "It’s “Quoted” — 'so'"),
        ("  spaced   out . .mkv", "spaced out"),
        ("😀" * 100 + ".mkv", "😀" * 37),
        ("..mkv", "film"),
        ("", "film"),
    ],
)
def test_a_name_becomes_harmless_and_stays_readable(given: str, kept: str) -> None:
    assert upload_folder.sanitize_stem(given) == kept


def test_a_name_that_old_programs_send_in_extended_form_is_read(tmp_path: Path) -> None:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''%C3%B1.mkv\r\n\r\n".encode()
    assert send(tmp_path, head + b"film\r\n" + END).path.name == "ñ.mkv"


def test_a_latin1_name_is_read(tmp_path: Path) -> None:
    body = part("file", b"film", "n.mkv").replace(b"n.mkv", "ñ.mkv".encode("latin-1")) + END
    assert send(tmp_path, body).path.name == "ñ.mkv"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", BadRequest),
        (END, BadRequest),
        (part("target_langs", b"es") + END, BadRequest),
        (part("file", b"", "") + END, BadRequest),
        (part("file", b"", "a.mkv") + END, BadRequest),
        (part("file", b"film", "a.exe") + END, FilmError),
        (part("file", b"film", "mkv") + END, FilmError),
        (part("film", b"film", "a.mkv") + END, BadRequest),
        (part("file", b"film", "a.mkv") + part("file", b"film", "b.mkv") + END, BadRequest),
        (part("file", b"film" * 1000, "a.mkv"), BadRequest),
        (part("file", b"film", "a.mkv") + b"--xYz", BadRequest),
        (b"no multipart at all, only text", BadRequest),
        (part("target_langs", b"e" * 9000) + END, TooLarge),
        (part("speakers", b"") * 33 + END, TooLarge),
        (part("file", b"film", "a" * 9000 + ".mkv") + END, (TooLarge, BadRequest)),
        (part("file", b"film", "a.mkv") + part("target_langs", b"e" * 9000) + END, TooLarge),
    ],
)
@pytest.mark.parametrize("piece", [5, 100_000])
def test_a_refused_upload_leaves_nothing_behind(tmp_path: Path, body: bytes, error: type[Exception], piece: int) -> None:
    with pytest.raises(error):
        send(tmp_path, body, piece=piece)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "kind", ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=x", "multipart/form-data; boundary="]
)
def test_another_kind_of_body_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(BadRequest):
        send(tmp_path, part("file", b"film", "a.mkv") + END, headers={"content-type": kind})


def test_a_sender_that_goes_away_leaves_nothing_behind(tmp_path: Path) -> None:
    from starlette.requests import ClientDisconnect

    async def breaking() -> AsyncIterator[bytes]:
        yield part("file", bytes(2 * uploads.WRITE_BYTES), "a.mkv")[:-9]
        assert [path.name[:8] for path in tmp_path.iterdir()] == [".upload-"]  # noqa: ASYNC240 -- nothing else runs
        raise ClientDisconnect

    with pytest.raises(BadRequest, match="broke off"):
        asyncio.run(receive_upload(breaking(), {"content-type": TYPE}, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_film_for_which_the_disk_has_no_room_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("nothing is read")
        yield b""

    with pytest.raises(NoRoom, match="MB"):
        asyncio.run(receive_upload(unread(), {"content-type": TYPE, "content-length": str(1 << 60)}, tmp_path))


def test_what_a_killed_upload_left_is_cleared_and_one_under_way_is_not(tmp_path: Path) -> None:
    import os

    old, new = tmp_path / ".upload-0", tmp_path / ".upload-1"
    for path in (old, new):
        path.touch()
    os.utime(old, (1, 1))
    send(tmp_path, part("file", b"film", "a.mkv") + END)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".upload-1", "a.mkv"]


def upload(service: Served, film: Path, *, accept: str = "*/*", **fields: str):
    with film.open("rb") as file:
        return service.client.post("/upload", files={"file": (film.name, file)}, data=fields, headers={"accept": accept})


def test_a_browser_is_sent_home_and_the_film_is_queued(service: Served, films: Path) -> None:
    answer = upload(service, films / "english.mkv", target_langs="ca, es", source_lang="", speakers="")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    (task,) = service.tasks()
    assert (task.path, task.target_langs, task.origin) == (service.settings.videos_dir / "english.mkv", ("ca", "es"), "upload")
    assert task.path.read_bytes() == (films / "english.mkv").read_bytes()


def test_a_program_gets_the_task(service: Served, films: Path) -> None:
    answer = upload(service, films / "english.mkv", accept="application/json", speakers="2")
    assert (answer.status_code, answer.headers["location"]) == (201, f"/api/tasks/{answer.json()['id']}")
    assert answer.json() == service.client.get(answer.headers["location"]).json()
    assert service.tasks()[0].speakers == 2


def test_a_part_of_an_uploaded_film_is_dubbed_first(service: Served, films: Path) -> None:
    answer = upload(service, films / "english.mkv", accept="application/json", preview_from="0:00.5", preview_until="0:06")
    assert answer.json()["preview"] == {"from": 0.5, "until": 6.0}
    assert (service.tasks()[0].preview, service.tasks()[0].preview_only) == (PreviewRange(0.5, 6.0), True)


def test_an_upload_may_wait_behind_others(service: Served, films: Path) -> None:
    answer = upload(service, films / "english.mkv", accept="application/json", priority="bulk")
    assert answer.json()["priority"] == "bulk"
    assert service.tasks()[0].priority is Priority.BULK


@pytest.mark.parametrize(
    ("name", "content", "fields", "status"),
    [
        ("text.mp4", b"no film", {}, 422),
        ("a.txt", b"no film", {}, 422),
        ("empty.mkv", b"", {}, 400),
        (None, None, {"target_langs": "ja"}, 422),
        (None, None, {"target_langs": "nonsense!"}, 422),
        (None, None, {"target_langs": "en"}, 422),
        (None, None, {"speakers": "many"}, 400),
        (None, None, {"priority": "urgent"}, 400),
        (None, None, {"preview_from": "0:10"}, 400),
        (None, None, {"preview_until": "soon"}, 400),
        (None, None, {"preview_from": "1:00:00", "preview_until": "1:00:10"}, 422),
    ],
)
def test_what_is_refused_does_not_stay_on_disk(
    service: Served, films: Path, tmp_path: Path, name: str | None, content: bytes | None, fields: dict[str, str], status: int
) -> None:
    film = films / "english.mkv"
    if name is not None:
        film = tmp_path / name
        film.write_bytes(content or b"")
    answer = upload(service, film, **fields)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert list(service.settings.videos_dir.iterdir()) == []
    assert service.tasks() == ()


def test_a_film_that_speaks_the_target_language_already_is_told(service: Served, films: Path) -> None:
    answer = upload(service, films / "spanish.mkv")
    assert answer.status_code == 409
    assert "already speaks" in answer.json()["detail"]
    assert list(service.settings.videos_dir.iterdir()) == []


def test_a_link_that_lies_where_a_subtitle_goes_is_not_followed(tmp_path: Path) -> None:
    folder, victim = tmp_path / "videos", tmp_path / "victim"
    folder.mkdir()
    victim.write_text("precious")
    (folder / "a.srt").symlink_to(victim)
    upload = send(folder, part("file", b"f", "a.mkv") + part("subtitles", b"1", "a.srt") + END)
    assert [path.read_bytes() for path in upload.sidecars] == [b"1"]
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o700, 0o600), (0o755, 0o644), (0o750, 0o640)])
def test_what_was_uploaded_is_as_readable_as_the_folder_of_videos(tmp_path: Path, folder_mode: int, file_mode: int) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    folder.chmod(folder_mode)
    os.umask(0o077)  # as the service's processes have it
    upload = send(folder, part("file", b"f", "a.mkv") + part("subtitles", b"1", "a.srt") + END)
    assert [path.stat().st_mode & 0o777 for path in (upload.path, *upload.sidecars)] == [file_mode] * 2


@pytest.mark.parametrize(("choice", "stored"), [("other.srt", "film.srt"), ("2", None), ("none", "none")])
def test_an_upload_names_the_tracks_to_dub_from(service: Served, films: Path, choice: str, stored: str | None) -> None:
    subtitle = ("subtitles", ("other.srt", b"1\n00:00:00,100 --> 00:00:00,900\nHello there.\n"))
    film = ("file", ("film.mkv", (films / "english.mkv").read_bytes()))
    fields = {"audio_track": "1", "subtitle_track": choice}
    answer = service.client.post("/upload", files=[subtitle, film], data=fields, headers={"accept": "application/json"})
    if stored is None:
        assert (answer.status_code, answer.json()["detail"]) == (
            422,
            "film.mkv has no subtitle track 2; choose one of: film.srt; none",
        )
        assert not list(service.settings.videos_dir.iterdir())
    else:
        assert (answer.status_code, answer.json()["audio_track"], answer.json()["subtitle_track"]) == (201, 1, stored)
