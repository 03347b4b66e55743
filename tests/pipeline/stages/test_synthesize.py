"""One line, spoken into a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.errors import StageError
from pipeline.stages.synthesize import SynthesisRequest, is_speakable, synthesize
from pipeline.values.timeline import Speaker, Voice

VOICE = Voice("S1", "tone")


@dataclass
class Tone:
    """Speaks one tone: as long as wished, else half a second."""

    fingerprint: str = "tone"
    concurrency: int = 1

    def cast(self, speakers: Sequence[Speaker], *, language: str) -> tuple[Voice, ...]:
        return tuple(Voice(speaker.label, "tone") for speaker in speakers)

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
        times = np.arange(round(16_000 * (seconds or 0.5))) / 16_000
        return SynthesizedSpeech((0.5 * np.sin(2 * np.pi * 200 * times)).astype(np.float32), 16_000, rate=0.5 / (seconds or 0.5))


def test_a_take_is_a_flac_file_that_lasts_as_it_says(tmp_path: Path) -> None:
    take = synthesize(SynthesisRequest("Hola.", VOICE, 0.25), Tone(), language="es", workdir=tmp_path)
    wave, sample_rate = soundfile.read(take.audio.path)
    assert (len(wave) / sample_rate, sample_rate) == (take.seconds, 16_000)
    assert (take.seconds, take.rate) == (0.25, 2.0)
    assert take.audio.path.parent == tmp_path
    assert soundfile.info(take.audio.path).format == "FLAC"
    assert np.abs(wave).max() == pytest.approx(0.5, abs=0.001)


def test_the_same_order_gives_the_same_content_under_another_name(tmp_path: Path) -> None:
    one, other = (synthesize(SynthesisRequest("Hola.", VOICE), Tone(), language="es", workdir=tmp_path) for _ in range(2))
    assert one == other or one.audio.digest == other.audio.digest
    assert one.audio.path != other.audio.path


@pytest.mark.parametrize("text", ["", "…", "♪ ♪", "-", "¡!"])
def test_what_has_no_words_is_not_speakable_and_is_refused(text: str, tmp_path: Path) -> None:
    assert not is_speakable(text)
    with pytest.raises(StageError, match="nothing that can be spoken"):
        synthesize(SynthesisRequest(text, VOICE), Tone(), language="es", workdir=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["Sí", "3", "你好", "-¿Qué?"])
def test_words_and_numbers_are_speakable(text: str) -> None:
    assert is_speakable(text)


def test_an_order_of_no_time_is_nonsense() -> None:
    with pytest.raises(ValueError, match="cannot be said in"):
        SynthesisRequest("Hola.", VOICE, 0.0)
