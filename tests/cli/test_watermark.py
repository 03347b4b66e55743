"""Detection of the watermark on the command line: the rows, and the library's detector on a film's tracks."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from cli.watermark import build_row, print_table, watermark
from pipeline.engines.watermark.audioseal_detector import Detection
from pipeline.engines.watermark.watermarker import MESSAGE_BITS
from pipeline.errors import DubarrError
from pipeline.values.media import Track, TrackKind

DUB = Track(2, TrackKind.AUDIO, "aac", "es", "Dubarr – Español [", channels=2)


@pytest.fixture
def film(tmp_path):
    """Two seconds with two audio tracks."""
    made = tmp_path / "film.mkv"
    inputs = (
        "-f",
        "lavfi",
        "-i",
        "color=s=64x64:r=25:d=2",
        "-f",
        "lavfi",
        "-i",
        "sine=f=220:d=2",
        "-f",
        "lavfi",
        "-i",
        "sine=f=330:d=2",
    )
    tags = ("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=spa")
    command = (
        "ffmpeg",
        "-v",
        "error",
        *inputs,
        "-map",
        "0",
        "-map",
        "1",
        "-map",
        "2",
        *tags,
        "-c:a",
        "aac",
        "-c:v",
        "mpeg4",
        made,
    )
    subprocess.run(command, check=True)
    return made


def test_a_message_is_shown_where_something_is_watermarked(capsys):
    ours, other = build_row(DUB, Detection(16_000, 0.41239, MESSAGE_BITS)), build_row(DUB, Detection(16_000, 0.01, (1,) * 16))
    assert (ours["watermarked"], ours["message"], other["message"]) == (0.4124, "DU", "ffff")
    assert build_row(DUB, Detection(16_000, 0.0, MESSAGE_BITS))["message"] is None
    print_table([ours])
    assert "Dubarr – Español [" in (said := capsys.readouterr().out) and "41.2 %" in said


def test_a_language_that_the_film_lacks_is_told(film):
    found = CliRunner().invoke(watermark, [str(film), "--language", "ca"])
    assert isinstance(found.exception, DubarrError) and "no audio track in 'ca'" in str(found.exception)


@pytest.mark.models
def test_the_detector_answers_for_each_track(film, tmp_path, monkeypatch):
    from tiny_audioseal import audioseal

    audioseal(tmp_path / "models" / "audioseal")
    monkeypatch.setenv("MODELS_DIR", str(tmp_path / "models"))
    answered = CliRunner().invoke(watermark, [str(film), "--json"], catch_exceptions=False)
    rows = json.loads(answered.stdout)["tracks"]
    assert [(row["track"], row["language"]) for row in rows] == [(1, "en"), (2, "es")]
    assert all(0.0 <= row["watermarked"] <= 1.0 for row in rows)
