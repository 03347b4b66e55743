"""Exports over HTTP: audio in parts and formats, clips and timelines that programs open."""

import io
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from in_process_service import Served

from pipeline.values.tasks import DubPart, DubRequest, LineRow

LINE = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "hello", "hola", "translation", 1.25, 0.5, 1.0, 1.0, "takes/1.wav")
SECONDS = 3.0


@pytest.fixture
def url(service: Served) -> str:
    """A finished film of two spoken lines and one that keeps the original, with its mix in 5.1 and its voices."""
    folder = service.settings.artifacts
    (folder / "takes").mkdir(parents=True)
    tone = 0.1 * np.sin(np.arange(24_000) * 0.05)
    soundfile.write(folder / "takes" / "1.wav", tone[:12_000], 24_000)
    soundfile.write(folder / "takes" / "2.flac", tone, 24_000)
    soundfile.write(folder / "speech.flac", np.tile(tone, 6), 48_000)
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"sine=f=300:d={SECONDS}:r=48000", "-ac", "6", "-c:a", "ac3"]
    subprocess.run([*command, str(folder / "dub.mka")], check=True)
    service.store.tasks.submit(DubRequest(Path("/films/a film.mkv"), 1, 1, ("es",), duration=SECONDS))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    rows = [LINE, replace(LINE, number=2, speaker="S2", dub_start=2.0, dub_seconds=1.0, audio="takes/2.flac")]
    rows.append(replace(LINE, number=3, audio="", dub_seconds=0.0, text_source="none"))
    service.store.lines.replace_lines(claim[1], "es", rows)
    service.store.lines.replace_dub_files(claim[1], "es", {DubPart.MIX: "dub.mka", DubPart.VOICES: "speech.flac"})
    service.store.leases.finish(claim[1], Path("/dubs/a.mkv"))
    return f"/api/tasks/{claim[0].id}"


@pytest.mark.parametrize(
    ("part", "form", "channels"), [("dub", "wav", 6), ("dub", "flac", 6), ("speech", "wav", 1), ("speech", "flac", 1)]
)
def test_audio_is_as_long_as_the_film_in_each_format(service: Served, url: str, part: str, form: str, channels: int) -> None:
    answer = service.client.get(f"{url}/exports/{part}", params={"language": "es", "format": form})
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"audio/{form}")
    infix = "" if part == "dub" else f".{part}"
    assert answer.headers["content-disposition"] == f"attachment; filename*=utf-8''a%20film.es{infix}.{form}"
    sound = soundfile.info(io.BytesIO(answer.content))
    assert (sound.samplerate, sound.channels, sound.frames) == (48_000, channels, round(SECONDS * 48_000))
    assert sound.format == form.upper() or (form, sound.format) == ("wav", "WAVEX")
    assert list((service.settings.data_dir / "exports").glob("*")) == []


def test_music_and_effects_are_exported_where_the_separator_kept_them_apart(service: Served) -> None:
    """Their sum is the background to the sample, in each format."""
    folder, rng = service.settings.artifacts, np.random.default_rng(2)
    folder.mkdir(parents=True, exist_ok=True)
    music, effects = (rng.integers(-9_000, 9_000, (48_000, 2)).astype(np.int16) for _ in range(2))
    stems = {DubPart.MUSIC: music, DubPart.EFFECTS: effects, DubPart.BACKGROUND: music + effects}
    for part, wave in stems.items():
        soundfile.write(folder / f"{part}.flac", wave, 48_000, subtype="PCM_16")
    service.store.tasks.submit(DubRequest(Path("/films/a film.mkv"), 1, 1, ("es",), duration=1.0))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    service.store.lines.replace_lines(claim[1], "es", [LINE])
    service.store.lines.replace_dub_files(claim[1], "es", {part: f"{part}.flac" for part in stems})
    service.store.leases.finish(claim[1], Path("/dubs/a.mkv"))
    for form in ("wav", "flac"):
        for part, wave in stems.items():
            answer = service.client.get(f"/api/tasks/{claim[0].id}/exports/{part}", params={"language": "es", "format": form})
            assert answer.headers["content-disposition"] == f"attachment; filename*=utf-8''a%20film.es.{part}.{form}"
            assert (soundfile.read(io.BytesIO(answer.content), dtype="int16")[0] == wave).all()


def test_where_music_and_effects_are_one_background_the_way_to_have_them_apart_is_said(service: Served, url: str) -> None:
    refused = service.client.get(f"{url}/exports/effects", params={"language": "es"})
    assert (refused.status_code, "without source separation, so there is no effects stem" in refused.json()["detail"]) == (
        404,
        True,
    )
    task = service.store.tasks.get(int(url.rpartition("/")[2]))
    service.store.tasks.purge(task.id)
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    service.store.lines.replace_lines(claim[1], "es", [LINE])
    service.store.lines.replace_dub_files(claim[1], "es", {DubPart.MIX: "dub.mka", DubPart.BACKGROUND: "b.flac"})
    refused = service.client.get(f"{url}/exports/music", params={"language": "es"})
    assert (refused.status_code, "music and effects in one background" in refused.json()["detail"]) == (404, True)


def test_a_range_of_a_file_is_sent_alone(service: Served, url: str) -> None:
    params = {"language": "es", "format": "flac"}
    whole = service.client.get(f"{url}/exports/speech", params=params).content
    part = service.client.get(f"{url}/exports/speech", params=params, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])


def test_what_is_not_there_is_said(service: Served, url: str) -> None:
    def refusal(part: str, language: str = "es") -> tuple[int, str]:
        answer = service.client.get(f"{url}/exports/{part}", params={"language": language})
        return answer.status_code, answer.json()["detail"]

    status, why = refusal("background")
    assert (status, "without source separation" in why) == (404, True)
    status, why = refusal("dub", "gl")
    assert (status, "no dub in 'gl'; its languages are " in why) == (404, True)
    (service.settings.artifacts / "dub.mka").unlink()
    status, why = refusal("dub")
    assert (status, "purge the task to recreate it" in why) == (404, True)
    assert refusal("everything")[0] == 422


def test_no_file_outside_the_artifacts_is_exported(service: Served, url: str, tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(b"secret")
    (service.settings.artifacts / "dub.mka").unlink()
    (service.settings.artifacts / "dub.mka").symlink_to(tmp_path / "secret.wav")
    (service.settings.artifacts / "takes" / "1.wav").unlink()
    (service.settings.artifacts / "takes" / "1.wav").symlink_to(tmp_path / "secret.wav")
    assert service.client.get(f"{url}/exports/dub", params={"language": "es"}).status_code == 404
    assert b"secret" not in service.client.get(f"{url}/clips", params={"language": "es"}).content


def test_clips_are_the_takes_of_the_spoken_lines(service: Served, url: str) -> None:
    answer = service.client.get(f"{url}/clips", params={"language": "es"})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["clips/0001_S1_es.wav", "clips/0002_S2_es.flac", "clips/script.csv"]
        assert archive.read("clips/0001_S1_es.wav") == (service.settings.artifacts / "takes" / "1.wav").read_bytes()
    assert service.client.get(f"{url}/clips", params={"language": "gl"}).status_code == 404


def test_a_timeline_opens_with_the_library_and_its_clips_line_up(service: Served, url: str, tmp_path: Path) -> None:
    otio = pytest.importorskip("opentimelineio", reason="opentimelineio is not installed; ./dubarr setup brings it")
    answer = service.client.get(f"{url}/timeline", params={"language": "es"})
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path / "edit")
    timeline = otio.adapters.read_from_file(str(tmp_path / "edit" / "a film.es.otio"))
    clips = [clip for track in timeline.audio_tracks()[1:] for clip in track.find_clips()]
    lines = {line["number"]: line for line in service.client.get(f"{url}/lines", params={"language": "es"}).json()["lines"]}
    assert len(clips) == 2
    for clip in clips:
        line = lines[clip.metadata["dubarr"]["number"]]
        span = clip.transformed_time_range(clip.trimmed_range(), timeline.tracks)
        sound = soundfile.info(tmp_path / "edit" / clip.media_reference.target_url)
        assert abs(span.start_time.to_seconds() - line["dub_start"]) < 0.001
        assert abs(span.duration.to_seconds() - sound.duration) < 0.001
    assert json.loads((tmp_path / "edit" / "a film.es.otio").read_text())["OTIO_SCHEMA"].startswith("Timeline.")
