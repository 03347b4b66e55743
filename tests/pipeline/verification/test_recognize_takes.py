"""Recognition of takes: one window file for all of them, removed afterwards, and pieces for a take that is too long."""

from pathlib import Path

import numpy as np
import soundfile
from fakes import FakeTranscriber

from pipeline.audio.take_windows import GAP_S
from pipeline.values.media import Artifact
from pipeline.verification.recognize_takes import recognize_takes


def make_take(folder: Path, seconds: float, *, rate: int = 24_000) -> Artifact:
    path = folder / f"take-{seconds}.flac"
    soundfile.write(path, np.full(round(seconds * rate), 0.1, np.float32), rate, subtype="PCM_16", format="FLAC")
    return Artifact.of(path)


def test_takes_of_any_rate_are_recognised_in_one_window(tmp_path):
    (workdir := tmp_path / "work").mkdir()
    transcriber = FakeTranscriber()
    takes = (make_take(tmp_path, 2.0), make_take(tmp_path, 1.0, rate=48_000))
    assert recognize_takes(takes, transcriber, language="es", workdir=workdir) == " ".join(["word"] * 5)
    (call,) = transcriber.calls
    assert call.span.end == 3.0 + 3 * GAP_S
    assert transcriber.prompts == [""]
    assert list(workdir.iterdir()) == []


def test_a_take_that_is_too_long_is_recognised_in_equal_pieces(tmp_path):
    transcriber = FakeTranscriber()
    recognize_takes((make_take(tmp_path, 40.0),), transcriber, language="es", workdir=tmp_path)
    assert [round(call.span.duration, 3) for call in transcriber.calls] == [round((40.0 + 2 * GAP_S) / 3, 3)] * 3
