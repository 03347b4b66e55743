"""Trials of separators and synthesizers on signals whose answers are known."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fakes import FakeSynthesizer

from evaluation.engine_evaluation.trials import separate_known, speak_sentences
from evaluation.sample.speech import KnownStems
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.values.media import Artifact, Separation
from pipeline.values.timeline import Voice


@pytest.fixture
def stems(tmp_path: Path) -> KnownStems:
    """A tone, and the tone with another of a tenth of its amplitude: 20 dB."""
    known = KnownStems(tmp_path / "speech.flac", tmp_path / "mixture.flac")
    times = np.arange(48_000) / 48_000
    speech, music = 0.5 * np.sin(2 * np.pi * 300 * times), 0.05 * np.sin(2 * np.pi * 700 * times)
    soundfile.write(known.speech, np.stack([speech, speech], axis=1), 48_000, subtype="PCM_24")
    soundfile.write(known.mixture, np.stack([speech + music] * 2, axis=1), 48_000, subtype="PCM_24")
    return known


class Halver:
    """A separator that halves the music: 26 dB remain."""

    fingerprint, concurrency = "halver", 1

    def __init__(self, speech: Path) -> None:
        self.known = speech

    def separate(self, audio: Artifact, *, workdir: str) -> Separation:
        mixture, rate = soundfile.read(audio.path)
        speech, _ = soundfile.read(self.known)
        for name, wave in (("speech", (mixture + speech) / 2), ("background", (mixture - speech) / 2)):
            soundfile.write(Path(workdir) / f"{name}.flac", wave, rate, subtype="PCM_24")
        return Separation(Artifact.of(Path(workdir) / "speech.flac"), Artifact.of(Path(workdir) / "background.flac"))


def test_the_floor_is_the_mixture_and_a_separator_is_above_it(stems: KnownStems) -> None:
    assert separate_known(None, stems) == pytest.approx(20.0, abs=0.05)
    assert separate_known(Halver(stems.speech), stems) == pytest.approx(26.02, abs=0.05)


class Deaf:
    """Understands the first word of nothing but the first take."""

    def transcribe_takes(self, takes: Sequence[SynthesizedSpeech], language: str) -> str:
        return "good morning good"


class Two:
    """Embeds waves by their length: short ones along one axis, long ones along the other."""

    fingerprint, concurrency = "two", 1

    def embed(self, waves: Iterable[np.ndarray]) -> np.ndarray:
        return np.array([[1.0, 0.0] if len(wave) < 16_000 else [0.0, 1.0] for wave in waves], np.float32)


def test_takes_are_counted_by_sentence_and_their_voices_compared() -> None:
    voices = [Voice("S1", "low"), Voice("S2", "high")]
    spoken = speak_sentences(FakeSynthesizer(), ["good morning", "good night"], voices, Deaf(), Two(), language="en")
    assert [(each.words, each.count) for each in spoken.errors] == [(2, 0), (2, 1), (2, 2), (2, 2)]
    assert len(spoken.takes) == 4 and np.isnan(spoken.own), "two takes of a voice are too few"
    three = speak_sentences(FakeSynthesizer(), ["a good day", "a fine day", "a calm day"], voices, Deaf(), Two(), language="en")
    assert (three.own, three.nearest) == (pytest.approx(1.0), pytest.approx(1.0)), "the fake's voices are one"
