"""Listening tests over HTTP, of real films: pairs that are aligned, at the same loudness, and unpacked with their manifest."""

import csv
import io
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from in_process_service import Served

from pipeline.text.track_titles import format_dub_title
from pipeline.values.tasks import DubRequest, LineRow, Task

LINE = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "hello", "hola", "translation", 1.0, 1.0, 1.0, 1.0, "takes/1.wav")


def dub(service: Served, film: Path, version: int, pitch: int, *, numbers: tuple[int, ...] = (1, 2)) -> Task:
    """A finished task: its film has the original, a tone of 300 Hz, and a dub, one of `pitch`, 12 dB quieter."""
    output = service.settings.data_dir / "dubs" / str(version) / film.name
    output.parent.mkdir(parents=True)
    tones = ["-f", "lavfi", "-i", "sine=f=300:d=5:r=48000", "-f", "lavfi", "-i", f"sine=f={pitch}:d=5:r=48000"]
    tones += ["-f", "lavfi", "-i", "color=s=64x64:r=5:d=5"]
    made = [
        "-map",
        "2",
        "-map",
        "0",
        "-map",
        "1",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-filter:a:1",
        "volume=-12dB",
        "-c:a",
        "flac",
    ]
    tags = [
        "-metadata:s:a:0",
        "language=eng",
        "-metadata:s:a:1",
        "language=spa",
        "-metadata:s:a:1",
        f"title={format_dub_title('es')}",
    ]
    subprocess.run(["ffmpeg", "-v", "error", *tones, *made, *tags, str(output)], check=True)
    service.store.tasks.submit(DubRequest(film, 1, version, ("es",), source_lang="en", duration=5.0))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    rows = [replace(LINE, number=n, start=float(n), end=n + 1.0, dub_start=float(n)) for n in numbers]
    service.store.lines.replace_lines(claim[1], "es", rows)
    service.store.leases.finish(claim[1], output)
    return service.store.tasks.get(claim[0].id)


def read(service: Served, task: Task, **params: object) -> tuple[zipfile.ZipFile, list[dict[str, str]]]:
    answer = service.client.get(f"/api/tasks/{task.id}/listening-test", params={"language": "es", **params})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith("a%20film.es.listening-test.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    return archive, list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode())))


def find_pitch(content: bytes) -> tuple[float, float, float]:
    """Strongest frequency (Hz), RMS and seconds of a clip."""
    wave, rate = soundfile.read(io.BytesIO(content))
    mono = wave if wave.ndim == 1 else wave.mean(axis=1)
    spectrum = np.abs(np.fft.rfft(mono))
    return float(np.argmax(spectrum) * rate / len(mono)), float(np.sqrt(np.mean(mono**2))), len(mono) / rate


@pytest.fixture
def film(service: Served) -> Path:
    return service.library / "a film.mkv"


def test_the_film_and_its_dub_are_paired_at_one_loudness(service: Served, film: Path) -> None:
    task = dub(service, film, 1, 500)
    archive, rows = read(service, task, seed=3)
    assert sorted(archive.namelist()) == ["0001_A.wav", "0001_B.wav", "0002_A.wav", "0002_B.wav", "manifest.csv"]
    assert sorted(row["line"] for row in rows) == ["1", "2"]
    for row in rows:
        heard = {row[f"system_{side}"]: find_pitch(archive.read(row[f"file_{side}"])) for side in "ab"}
        assert heard["original"][0] == pytest.approx(300, abs=2) and heard[f"task-{task.id}-es"][0] == pytest.approx(500, abs=2)
        first, second = heard.values()
        assert first[1] == pytest.approx(second[1], rel=0.15) and first[2] == second[2] == float(row["seconds"]) == 1.5
        assert {row["system_a"]: row["language_a"], row["system_b"]: row["language_b"]} == {
            "original": "en",
            f"task-{task.id}-es": "es",
        }


def test_two_dubs_of_a_film_are_paired_by_their_lines(service: Served, film: Path) -> None:
    first, second = dub(service, film, 1, 500), dub(service, film, 2, 700, numbers=(2, 3))
    archive, (row,) = read(service, first, against=second.id)
    assert row["line"] == "2" and {row["system_a"], row["system_b"]} == {f"task-{first.id}-es", f"task-{second.id}-es"}
    pitches = sorted(find_pitch(archive.read(row[f"file_{side}"]))[0] for side in "ab")
    assert pitches == pytest.approx([500, 700], abs=2)


def test_what_cannot_be_compared_says_why(service: Served, film: Path) -> None:
    task, other = dub(service, film, 1, 500), dub(service, service.library / "other.mkv", 2, 500)
    url = f"/api/tasks/{task.id}/listening-test"
    for params, status, reason in (
        ({"language": "es", "against": other.id}, 409, "different films"),
        ({"language": "es", "against": task.id}, 409, "with itself"),
        ({"language": "ca"}, 404, "no line is dubbed"),
        ({"language": "es", "against": 99}, 404, "no task 99"),
        ({"language": "es", "pairs": 1000}, 422, "200"),
    ):
        answer = service.client.get(url, params=params)
        assert (answer.status_code, reason in answer.text) == (status, True), answer.text
    other.output.unlink()
    gone = service.client.get(f"/api/tasks/{other.id}/listening-test", params={"language": "es"})
    assert (gone.status_code, "purge the task" in gone.text) == (404, True)
    service.store.tasks.submit(DubRequest(film, 1, 3, ("es",)))
    queued = service.tasks()[0]
    assert service.client.get(f"/api/tasks/{queued.id}/listening-test", params={"language": "es"}).status_code == 409
