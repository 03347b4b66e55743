"""Prosody of lines, measured on generated tones."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from fakes import FakeDetector

from pipeline.prosody.measure_prosody import describe_pitches, measure_prosody
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Span


def test_each_line_has_its_pitch_its_range_and_its_pauses(tmp_path: Path) -> None:
    times = np.arange(8 * SPEECH_RATE_HZ) / SPEECH_RATE_HZ
    glide = np.where(times < 4.0, 120.0, 200.0 * 2.0 ** (np.sin(times * 6.0) / 6.0))  # a flat line, then one of 4 semitones
    phase = 2 * np.pi * np.cumsum(glide) / SPEECH_RATE_HZ
    wave = sum(np.sin(phase * n) / n for n in range(1, 6))
    soundfile.write(tmp_path / "speech.wav", 0.2 * wave, SPEECH_RATE_HZ)
    speech = Artifact.of(tmp_path / "speech.wav")
    spans = (Span(0.5, 3.5), Span(4.5, 8.0))
    flat, lively = measure_prosody(spans, speech, FakeDetector((Span(0.4, 1.5), Span(2.0, 4.0), Span(4.2, 8.0))))
    assert flat.pitch is not None and lively.pitch is not None
    assert flat.pitch.median == pytest.approx(120.0, rel=0.01)
    assert flat.pitch.deviation < 0.1
    assert lively.pitch.median == pytest.approx(200.0, rel=0.08)
    assert lively.pitch.deviation == pytest.approx(2.0 / np.sqrt(2), abs=0.3)
    assert (flat.speech_s, [pause.seconds for pause in flat.pauses]) == (2.5, [0.5])
    assert (lively.speech_s, lively.pauses) == (3.5, ())


def test_an_octave_error_does_not_widen_the_range() -> None:
    contour = describe_pitches([100.0, 101.0, 99.0, 100.0, 220.0])
    assert contour is not None and contour.deviation < 0.5
    assert describe_pitches([]) is None


def test_a_line_beyond_the_end_of_the_audio_has_no_pitch(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "speech.wav", np.zeros(SPEECH_RATE_HZ), SPEECH_RATE_HZ)
    (only,) = measure_prosody((Span(5.0, 6.0),), Artifact.of(tmp_path / "speech.wav"), FakeDetector(()))
    assert only.pitch is None and only.pauses == ()
