"""Reference clips, good and hostile."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.engines.cloning.reference_clip import read_reference_clip
from pipeline.errors import EngineError
from pipeline.values.media import Artifact

RATE = 24_000


def clip(folder: Path, wave: np.ndarray, rate: int = RATE) -> Artifact:
    soundfile.write(folder / "clip.wav", wave, rate, subtype="FLOAT")
    return Artifact.of(folder / "clip.wav")


def tone(seconds: float, amplitude: float = 0.1, rate: int = RATE) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * 200 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def test_a_clip_is_mono_at_the_rate_asked_for_and_no_longer_than_wanted(tmp_path: Path) -> None:
    stereo = np.stack([tone(3.0), tone(3.0)], axis=1)
    wave = read_reference_clip(clip(tmp_path, stereo), 16_000, longest=2.0, engine="xtts")
    assert wave.dtype == np.float32 and wave.shape == (32_000,)


def test_a_whispered_clip_is_heard_as_loud_as_a_shouted_one(tmp_path: Path) -> None:
    levels = [
        float(
            np.sqrt(np.mean(read_reference_clip(clip(tmp_path, tone(2.0, amplitude)), 16_000, longest=9.0, engine="xtts") ** 2))
        )
        for amplitude in (0.005, 0.9)
    ]
    assert levels[0] == pytest.approx(levels[1], rel=0.02)


@pytest.mark.parametrize(
    ("wave", "complaint"),
    [
        (tone(0.2), "lasts 0.2 s"),
        (np.zeros(0, np.float32), "lasts 0.0 s"),
        (np.zeros(RATE, np.float32), "holds no sound"),
        (np.full(RATE, np.nan, np.float32), "holds no sound"),
    ],
)
def test_a_clip_without_a_voice_is_refused_in_a_sentence(tmp_path: Path, wave: np.ndarray, complaint: str) -> None:
    with pytest.raises(EngineError, match=complaint):
        read_reference_clip(clip(tmp_path, wave), 16_000, longest=9.0, engine="xtts")


def test_a_file_that_is_no_audio_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clip.wav").write_bytes(b"RIFF" + bytes(100))
    with pytest.raises(EngineError, match="cannot be read as audio"):
        read_reference_clip(Artifact.of(tmp_path / "clip.wav"), 16_000, longest=9.0, engine="xtts")
