"""One line, spoken into a file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from fakes import FakeSynthesizer

from pipeline.cache.cache_key import describe_identity
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.errors import EngineError, StageError
from pipeline.stages.synthesize import DROPPED_PAUSE_NOTE, SynthesisRequest, estimate_duration, is_speakable, synthesize
from pipeline.timing.phrase_pauses import PhrasePause
from pipeline.values.timeline import Speaker, Take, Voice

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


@pytest.mark.parametrize(
    ("wave", "sample_rate", "fault"),
    [
        (np.zeros(0, np.float32), 16_000, "it spoke for 0 s"),
        (np.zeros(16_000 * 301, np.float32), 16_000, "it spoke for 301 s"),
        (np.full(16_000, np.nan, np.float32), 16_000, "no numbers"),
        (np.full(16_000, np.inf, np.float32), 16_000, "no numbers"),
        (np.zeros((16_000, 2), np.float32), 16_000, "in the shape (16000, 2)"),
        (np.zeros(16_000, np.int16), 16_000, "its audio is int16"),
        (np.zeros(16_000, np.float32), 0, "its sample rate is 0 Hz"),
    ],
)
def test_what_is_no_audio_is_refused_in_words(wave: Any, sample_rate: int, fault: str, tmp_path: Path) -> None:
    class Broken(Tone):
        def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
            return SynthesizedSpeech(wave, sample_rate, rate=1.0)

    with pytest.raises(EngineError, match=f"tone: .*{re.escape(fault)}"):
        synthesize(SynthesisRequest("Hola.", VOICE, 0.25), Broken(), language="es", workdir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_audio_beyond_full_scale_is_scaled_instead_of_clipped(tmp_path: Path) -> None:
    class Loud(Tone):
        def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
            quiet = super().speak(text, voice, language=language, seconds=seconds)
            return replace(quiet, wave=quiet.wave * 6)

    take = synthesize(SynthesisRequest("Hola.", VOICE, 0.25), Loud(), language="es", workdir=tmp_path)
    wave, _ = soundfile.read(take.audio.path)
    assert np.abs(wave).max() == pytest.approx(1.0, abs=0.001)
    assert np.count_nonzero(np.abs(wave) > 0.999) < 0.05 * len(wave), "a tone that is clipped stands at full scale"


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


TWO_PHRASES = "No sé quién eres, pero no vas a entrar."


def find_silence(take: Take) -> tuple[float, float]:
    """Start and end of the longest silence of a take, in seconds."""
    wave, sample_rate = soundfile.read(take.audio.path)
    loud = np.flatnonzero(np.abs(wave) > 0.01)
    gap = int(np.argmax(np.diff(loud)))
    return loud[gap] / sample_rate, loud[gap + 1] / sample_rate


def test_a_pause_stands_between_its_phrases_and_counts_in_the_duration(tmp_path: Path) -> None:
    order = SynthesisRequest(TWO_PHRASES, VOICE, 4.2, (PhrasePause(17, 0.6),))
    take = synthesize(order, FakeSynthesizer(), language="es", workdir=tmp_path)
    start, end = find_silence(take)
    assert end - start == pytest.approx(0.6, abs=0.01)
    assert start == pytest.approx(3.6 * 17 / 38, abs=0.01)
    assert take.seconds == pytest.approx(4.2, abs=0.01)
    assert take.rate == pytest.approx(3.8 / 3.6, abs=0.01)


def test_the_estimate_of_a_line_counts_its_pauses() -> None:
    order = SynthesisRequest(TWO_PHRASES, VOICE, None, (PhrasePause(17, 0.6),))
    assert estimate_duration(order, FakeSynthesizer(), language="es") == pytest.approx(3.8 + 0.6)
    assert order.pauses_s == 0.6


def test_a_dropped_long_pause_is_told(tmp_path: Path) -> None:
    order = SynthesisRequest(TWO_PHRASES, VOICE, 2.0, (PhrasePause(17, 1.5),))
    take = synthesize(order, FakeSynthesizer(), language="es", workdir=tmp_path)
    assert [note.text for note in take.notes] == [DROPPED_PAUSE_NOTE]
    assert take.seconds == pytest.approx(2.0, abs=0.01)


def test_a_request_without_pauses_is_the_same_question_as_before_there_were_any() -> None:
    assert describe_identity(SynthesisRequest("Hola.", VOICE, 0.5, pronunciations=())) == {
        "": "Order",
        "text": "Hola.",
        "voice": {"": "Voice", "speaker": "S1", "name": "tone", "pitch": None, "reference": None},
        "seconds": 0.5,
    }
    paused = SynthesisRequest(TWO_PHRASES, VOICE, 3.0, (PhrasePause(17, 0.6),))
    assert describe_identity(paused) != describe_identity(replace(paused, pauses=()))


def test_a_pause_that_leaves_no_words_is_nonsense() -> None:
    with pytest.raises(ValueError, match="without words"):
        SynthesisRequest("Hola. …", VOICE, 1.0, (PhrasePause(5, 0.5),))
