"""Casting a film."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from pipeline.engines.protocols import Spoken
from pipeline.errors import StageError
from pipeline.stages.voice import voice
from pipeline.timeline import Diarization, Speaker, Voice

FILM = Diarization((), (Speaker("S1", 10.0, 110.0), Speaker("S2", 5.0, 210.0)))


@dataclass
class Caster:
    """Casts everybody as themselves; forgets the last one where `forgetful`."""

    forgetful: bool = False
    fingerprint: str = "caster"
    concurrency: int = 1

    def cast(self, speakers: Sequence[Speaker], *, language: str) -> tuple[Voice, ...]:
        voices = tuple(Voice(speaker.label, f"{language}-{speaker.label}") for speaker in speakers)
        return voices[:-1] if self.forgetful else voices

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> Spoken:
        raise AssertionError("casting does not speak")


def test_every_speaker_gets_a_voice_in_order() -> None:
    assert voice(FILM, Caster(), language="es") == (Voice("S1", "es-S1"), Voice("S2", "es-S2"))


def test_a_cast_that_lacks_a_speaker_is_an_error() -> None:
    with pytest.raises(StageError, match="does not match the film's speakers"):
        voice(FILM, Caster(forgetful=True), language="es")
