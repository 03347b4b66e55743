"""Casting a film."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.errors import StageError
from pipeline.stages.cast_voices import cast_voices
from pipeline.values.media import Artifact
from pipeline.values.timeline import Clip, Diarization, Speaker, Voice

FILM = Diarization((), (Speaker("S1", 10.0, 110.0), Speaker("S2", 5.0, 210.0)))


@dataclass
class Caster:
    """Casts everybody as themselves; forgets the last one where `forgetful`."""

    forgetful: bool = False
    fingerprint: str = "caster"
    concurrency: int = 1
    clones: bool = False

    def cast(self, speakers: Sequence[Speaker], *, language: str) -> tuple[Voice, ...]:
        voices = tuple(Voice(speaker.label, f"{language}-{speaker.label}") for speaker in speakers)
        return voices[:-1] if self.forgetful else voices

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
        raise AssertionError("casting does not speak")


def test_every_speaker_gets_a_voice_in_order() -> None:
    assert cast_voices(FILM, (), Caster(), language="es") == (Voice("S1", "es-S1"), Voice("S2", "es-S2"))


def test_a_cast_that_lacks_a_speaker_is_an_error() -> None:
    with pytest.raises(StageError, match="does not match the film's speakers"):
        cast_voices(FILM, (), Caster(forgetful=True), language="es")


class ByTurns(Caster):
    """Knows two voices, and casts from no choice."""

    def voices(self, *, language: str) -> tuple[str, ...]:
        return (f"{language}-one", f"{language}-two")


def test_a_choice_of_voices_is_given_by_turns_and_cloned_from_nobody() -> None:
    clips = (Clip("S1", sound("one")), Clip("S2", sound("two")))
    synthesizer = ByTurns(clones=True)
    chosen = cast_voices(FILM, clips, synthesizer, language="es", choice=("es-two", "ca-one"))
    assert chosen == (Voice("S1", "es-two"), Voice("S2", "es-two"))
    assert [each.name for each in cast_voices(FILM, (), synthesizer, language="ca", choice=("es-two",))] == ["ca-S1", "ca-S2"]


def sound(name: str) -> Artifact:
    return Artifact(Path(f"{name}.flac"), 1, name)


CROWD = Diarization(
    (), (Speaker("S1", 30.0, 110.0), Speaker("S2", 20.0, 210.0), Speaker("S3", 2.0, 200.0), Speaker("S4", 1.0, 100.0))
)


def test_a_synthesizer_that_clones_gets_each_speakers_own_clip() -> None:
    clips = (Clip("S1", sound("one")), Clip("S2", sound("two")))
    assert [cast.reference for cast in cast_voices(FILM, clips, Caster(clones=True), language="es")] == [
        sound("one"),
        sound("two"),
    ]


def test_one_that_does_not_gets_none() -> None:
    assert {cast.reference for cast in cast_voices(FILM, (Clip("S1", sound("one")),), Caster(), language="es")} == {None}


def test_who_says_too_little_borrows_the_clip_of_whoever_sounds_alike_and_says_most() -> None:
    clips = (Clip("S1", sound("one")), Clip("S2", sound("two")))
    cast = cast_voices(CROWD, clips, Caster(clones=True), language="es")
    assert [each.reference for each in cast] == [sound("one"), sound("two"), sound("two"), sound("one")]


def test_where_nobody_says_enough_there_is_no_reference() -> None:
    assert {each.reference for each in cast_voices(CROWD, (), Caster(clones=True), language="es")} == {None}
