"""Watching and hearing over HTTP: what comes is played by ffmpeg, which hears the tones and sees the light."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from in_process_service import Served
from problem_details import read_problem
from shown_films import DUB_TONES, film_with, finished_dub, onset, pitch, run, samples, streams, white_from

from pipeline.values.tasks import DubRequest, Task


@pytest.fixture
def task(service: Served) -> Task:
    return finished_dub(service)


def kept(folder: Path, content: bytes, name: str = "answer.mp4") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def waiting(service: Served, film: Path) -> Task:
    return service.store.tasks.submit(DubRequest(film, film.stat().st_size, film.stat().st_mtime_ns, ("es",), "en", 6.0)).task


def test_a_finished_film_has_its_original_track_and_our_dubs(service: Served, task: Task) -> None:
    answer = service.client.get(f"/api/tasks/{task.id}/tracks").json()
    assert answer["tracks"] == [
        {"id": "original", "language": "en", "title": "English"},
        {"id": "es", "language": "es", "title": "Dubarr – Español"},
        {"id": "ca", "language": "ca", "title": "Dubarr – Català"},
    ]
    assert answer["duration"] == pytest.approx(6.0, abs=0.1)


def test_an_unfinished_film_has_its_original_track_alone(service: Served, tmp_path: Path) -> None:
    task = waiting(service, film_with(service.library / "new.mkv", [440, 550]))
    tracks = service.client.get(f"/api/tasks/{task.id}/tracks").json()["tracks"]
    assert [track["id"] for track in tracks] == ["original"]
    refused = service.client.get(f"/api/tasks/{task.id}/watch", params={"track": "es"})
    assert (refused.status_code, refused.json()["detail"]) == (404, "there is no track 'es'; there are original")


def test_dubs_are_found_in_a_container_that_keeps_no_titles(service: Served) -> None:
    task = finished_dub(service, "film.ts")
    tracks = service.client.get(f"/api/tasks/{task.id}/tracks").json()["tracks"]
    assert [track["id"] for track in tracks] == ["original", "es", "ca"]


def test_another_file_in_the_dubs_place_is_told(service: Served, task: Task) -> None:
    assert task.output is not None
    film_with(task.output, [440, 550])
    answer = service.client.get(f"/api/tasks/{task.id}/tracks")
    assert (answer.status_code, "is not the dub that task" in answer.json()["detail"]) == (422, True)


def test_sidecar_dubs_are_heard_with_their_film_and_downloaded_by_language(service: Served, tmp_path: Path) -> None:
    film = film_with(service.library / "a.film.mkv", [440], tags=("-metadata:s:a:0", "language=eng"))
    for tag in ("es", "ca"):
        tone = f"aevalsrc=0.3*sin(2*PI*{DUB_TONES[tag]}*t):d=6:s=48000"
        run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", tone, "-c:a", "flac", film.with_name(f"a.film.{tag}.mka"))
    stat = film.stat()
    service.store.tasks.submit(DubRequest(film, stat.st_size, stat.st_mtime_ns, ("es", "ca"), "en", 6.0))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    service.store.leases.finish(claim[1], film.with_name("a.film.es.mka"))
    url, files = f"/api/tasks/{claim[0].id}", [str(film.with_name(f"a.film.{tag}.mka")) for tag in ("es", "ca")]
    task = service.client.get(url).json()
    assert (task["output"], task["outputs"]) == (files[0], files)
    tracks = service.client.get(f"{url}/tracks").json()["tracks"]
    assert [(track["id"], track["title"]) for track in tracks][1:] == [("es", "Dubarr – Español"), ("ca", "Dubarr – Català")]
    for track, tone in DUB_TONES.items():
        shown = kept(tmp_path, service.client.get(f"{url}/watch", params={"track": track, "start": 2.0}).content)
        assert pitch(samples(shown)) == pytest.approx(tone, abs=3)
        assert {stream["codec_type"] for stream in streams(shown)} == {"video", "audio"}
    peaks = np.frombuffer(service.client.get(f"{url}/waveform", params={"track": "ca"}).content, np.int8)
    assert len(peaks) == pytest.approx(120, abs=2) and peaks[1] > 25, "the dub's own sound, from its beginning"
    download = f"/download/{claim[0].id}"
    answer = service.client.get(download)
    assert answer.headers["content-type"] == "application/zip" and "a.film.dubs.zip" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            Path(file).name: Path(file).read_bytes() for file in files
        }
    head = service.client.head(download)
    assert (head.status_code, head.headers["content-type"], head.content) == (200, "application/zip", b"")
    assert service.client.get(download, params={"language": "es"}).content == Path(files[0]).read_bytes()
    assert service.client.get(download, params={"language": "ca"}).content == Path(files[1]).read_bytes()
    assert service.client.get(download, params={"language": "fr"}).status_code == 404
    Path(files[1]).rename(tmp_path / "gone.mka")
    assert "is gone from" in service.client.get(download).json()["detail"]
    (tmp_path / "gone.mka").rename(files[1])
    service.client.post(f"/delete/{claim[0].id}")
    assert film.is_file() and all(Path(path).is_file() for path in files), "deleting a task removes no file of the library"


@pytest.mark.parametrize("track", DUB_TONES)
def test_the_track_that_was_asked_for_is_heard(service: Served, task: Task, tmp_path: Path, track: str) -> None:
    answer = service.client.get(f"/api/tasks/{task.id}/watch", params={"track": track, "start": 2.0})
    assert (answer.status_code, answer.headers["content-type"], answer.headers["cache-control"]) == (200, "video/mp4", "no-store")
    heard = samples(kept(tmp_path, answer.content))
    assert pitch(heard[24_000:72_000]) == pytest.approx(DUB_TONES[track], abs=2)


@pytest.mark.parametrize("name", ["film.mkv", "film.ts"])
@pytest.mark.parametrize("start", [0.0, 1.0])
def test_the_answer_begins_with_the_second_that_was_asked_for(service: Served, tmp_path: Path, name: str, start: float) -> None:
    task = finished_dub(service, name)
    film = kept(tmp_path, service.client.get(f"/api/tasks/{task.id}/watch", params={"start": start}).content)
    assert onset(samples(film)) == pytest.approx(1.5 - start, abs=0.05)
    assert white_from(film) == pytest.approx(3.0 - start, abs=0.05)
    assert {each["codec_type"]: float(each["duration"]) for each in streams(film)} == pytest.approx(
        {"video": 6.0 - start, "audio": 6.0 - start}, abs=0.15
    )


def test_what_comes_is_what_browsers_play(service: Served, task: Task, tmp_path: Path) -> None:
    content = service.client.get(f"/api/tasks/{task.id}/watch").content
    video, audio = streams(kept(tmp_path, content))
    assert (video["codec_name"], video["pix_fmt"], video["width"], video["height"]) == ("h264", "yuv420p", 160, 90)
    assert (audio["codec_name"], audio["channels"], audio["sample_rate"]) == ("aac", 2, "48000")
    assert content[4:8] == b"ftyp"
    assert content.count(b"moof") == 6, "a fragment a second"


def test_an_answer_has_no_later_parts_so_that_a_player_asks_from_where_it_stands(service: Served, task: Task) -> None:
    for asked, status in (("bytes=1000-", 416), ("bytes=0-10", 416), ("bytes=0-", 200)):
        assert service.client.get(f"/api/tasks/{task.id}/watch", headers={"range": asked}).status_code == status


@pytest.mark.parametrize("start", ["-1", "nan", "inf", "6.5", "1e300", "x"])
def test_a_start_outside_the_film_is_refused(service: Served, task: Task, start: str) -> None:
    answer = service.client.get(f"/api/tasks/{task.id}/watch", params={"start": start})
    assert (answer.status_code, read_problem(answer) in {"invalid-request", "request-refused"}) == (422, True)


def test_a_file_that_is_no_film_any_more_is_told(service: Served, task: Task) -> None:
    assert task.output is not None
    task.output.write_text("a film no more")
    assert service.client.get(f"/api/tasks/{task.id}/watch").status_code == 422
    task.output.unlink()
    assert service.client.get(f"/api/tasks/{task.id}/watch").status_code == 404


def test_films_outside_the_library_are_neither_shown_nor_heard(service: Served, tmp_path: Path) -> None:
    outside = waiting(service, film_with(tmp_path / "outside.mkv", [440], seconds=1.0))
    for what in ("tracks", "watch"):
        assert service.client.get(f"/api/tasks/{outside.id}/{what}").status_code == 403
    gone = service.store.tasks.submit(DubRequest(service.library / "gone.mkv", 1, 1, ("es",))).task
    assert service.client.get(f"/api/tasks/{gone.id}/tracks").status_code == 404


def test_a_line_is_heard_as_the_film_says_it(service: Served, task: Task, tmp_path: Path) -> None:
    answer = service.client.get(f"/api/tasks/{task.id}/lines/1/source")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/flac")
    assert answer.headers["cache-control"].startswith("private")
    heard = samples(kept(tmp_path, answer.content, "line.flac"))
    assert len(heard) / 48_000 == pytest.approx(1.1, abs=0.001)
    assert pitch(heard) == pytest.approx(440, abs=2), "the original, not a dub"


def test_a_line_has_its_take(service: Served, task: Task, tmp_path: Path) -> None:
    answer = service.client.get(f"/api/tasks/{task.id}/lines/1/take", params={"language": "es"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert answer.headers["etag"]
    assert pitch(samples(kept(tmp_path, answer.content, "take.wav"))) == pytest.approx(660, abs=3)


def test_a_line_without_a_take_says_why(service: Served, task: Task) -> None:
    left = service.client.get(f"/api/tasks/{task.id}/lines/2/take", params={"language": "es"})
    assert (left.status_code, "keeps the original audio" in left.json()["detail"]) == (404, True)
    (service.settings.artifacts / "synthesize-1-abc" / "3.wav").unlink()
    cleared = service.client.get(f"/api/tasks/{task.id}/lines/1/take", params={"language": "es"})
    assert (cleared.status_code, "has been deleted" in cleared.json()["detail"]) == (404, True)
    for number, language in ((3, "es"), (1, "fr")):
        unknown = service.client.get(f"/api/tasks/{task.id}/lines/{number}/take", params={"language": language})
        assert (unknown.status_code, "has no line" in unknown.json()["detail"]) == (404, True)


def test_no_row_leads_out_of_the_artifacts(service: Served, task: Task) -> None:
    secret = service.settings.data_dir / "credentials"
    secret.write_text("secret")
    (service.settings.artifacts / "link").symlink_to(secret)
    for name in ("../credentials", "link", str(secret)):
        service.store._database.execute("UPDATE lines SET audio = ?", [name])
        answer = service.client.get(f"/api/tasks/{task.id}/lines/1/take", params={"language": "es"})
        assert answer.status_code == 404


def test_a_speaker_is_heard_by_the_reference_clip_else_in_the_film(service: Served, task: Task, tmp_path: Path) -> None:
    clip = service.client.get(f"/api/tasks/{task.id}/speakers/S2/clip")
    assert (clip.status_code, clip.headers["content-type"]) == (200, "audio/wav")
    film = service.client.get(f"/api/tasks/{task.id}/speakers/S1/clip")
    assert (film.status_code, film.headers["content-type"]) == (200, "audio/flac")
    heard = samples(kept(tmp_path, film.content, "clip.flac"))
    assert len(heard) / 48_000 == pytest.approx(1.5, abs=0.001), "both lines of one dub, joined"
    assert pitch(heard) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("label", ["S3", "..%2F..%2Fcredentials", "%00", "S1%0d%0aX: y", "%F0%9F%8E%AC", "a" * 90])
def test_a_speaker_that_there_is_not_is_404(service: Served, task: Task, label: str) -> None:
    assert service.client.get(f"/api/tasks/{task.id}/speakers/{label}/clip").status_code == 404


def test_subtitles_come_as_webvtt_in_the_voice_of_who_speaks(service: Served, task: Task) -> None:
    service.store._database.execute(
        "INSERT INTO speaker_edits (task_id, label, name, edited_at) VALUES (?, 'S1', 'Ana <b>', now())", [task.id]
    )
    answer = service.client.get(f"/api/tasks/{task.id}/subtitles/es", params={"format": "vtt"})
    assert answer.headers["content-type"] == "text/vtt; charset=utf-8"
    assert answer.text.startswith("WEBVTT\n\n00:00:02.500 --> 00:00:03.500\n<v Ana &lt;b&gt;>es 1\n")


def test_in_the_films_own_language_subtitles_say_what_is_said_there(service: Served, task: Task) -> None:
    answer = service.client.get(f"/api/tasks/{task.id}/subtitles/en-GB", params={"format": "vtt"})
    assert "00:00:02.000 --> 00:00:03.000\n<v S1>said 1 &lt;b&gt; &amp; more\n" in answer.text
    assert answer.text.count("-->") == 2, "once, not once per dub"
    plain = service.client.get(f"/api/tasks/{task.id}/subtitles/en")
    assert (plain.headers["content-type"].split(";")[0], "00:00:02,000 --> " in plain.text) == ("application/x-subrip", True)
    assert service.client.get(f"/api/tasks/{task.id}/subtitles/fr").status_code == 404


def test_lines_from_subtitles_tell_nothing_of_what_the_film_says(service: Served, task: Task) -> None:
    service.store._database.execute("UPDATE lines SET subtitled = TRUE, source_text = 'suyo' WHERE language = 'ca'")
    assert "suyo" not in service.client.get(f"/api/tasks/{task.id}/subtitles/en").text
    service.store._database.execute("UPDATE lines SET subtitled = TRUE")
    assert service.client.get(f"/api/tasks/{task.id}/subtitles/en").status_code == 404


def test_a_waveform_is_measured_once_and_served_in_tiles(service: Served, task: Task) -> None:
    ask = f"/api/tasks/{task.id}/waveform"
    answers = {rate: service.client.get(ask, params={"track": "es", "rate": rate}) for rate in (100, 10, 1)}
    assert {answer.status_code for answer in answers.values()} == {200}
    pairs = {rate: np.frombuffer(answer.content, np.int8).reshape(-1, 2) for rate, answer in answers.items()}
    assert [len(pairs[rate]) for rate in (100, 10, 1)] == [
        pytest.approx(6 * rate, abs=max(1, rate // 10)) for rate in (100, 10, 1)
    ]
    assert not pairs[100][:140].any() and pairs[100][200:580, 1].min() > 25, "silent in the first quarter, a tone of 0.3 after it"
    assert (pairs[10][:, 0].min(), pairs[1][:, 1].max()) == (pairs[100][:, 0].min(), pairs[100][:, 1].max())
    (kept,) = (service.settings.data_dir / "waveforms").iterdir()
    kept.write_bytes(bytes(8))
    assert service.client.get(ask, params={"track": "es", "rate": 100}).content == bytes(8), "kept, not measured again"
    assert service.client.get(ask, params={"track": "es", "rate": 100, "tile": 9}).content == b""
    assert service.client.get(ask, params={"track": "xx"}).status_code == 404
    assert service.client.get(ask, params={"rate": 7}).status_code == 422
