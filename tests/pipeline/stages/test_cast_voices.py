"""Casting a film."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.errors import StageError
from pipeline.stages.cast_voices import MIN_SAME_SPEAKER_COSINE, cast_voices, reuse_known_voices
from pipeline.values.media import Artifact
from pipeline.values.timeline import Clip, Diarization, KnownVoice, Speaker, Voice

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


def known(speaker: str, x: float, y: float, clip: str) -> tuple[Speaker, KnownVoice]:
    return Speaker(speaker, 10.0, 110.0, embedding=(x, y)), KnownVoice((x, y), sound(clip))


def test_a_voice_of_an_earlier_episode_comes_back() -> None:
    (one, voice_one), (two, _) = known("S1", 1.0, 0.0, "earlier"), known("S2", 0.0, 1.0, "never")
    film = Diarization((), (one, two))
    found = reuse_known_voices((Clip("S1", sound("now")), Clip("S2", sound("now 2"))), film, [voice_one])
    assert found == (Clip("S1", sound("earlier")), Clip("S2", sound("now 2")))


def test_one_earlier_voice_is_lent_to_one_speaker_only_the_one_most_like_it() -> None:
    near, nearer = Speaker("S1", 10.0, 110.0, embedding=(0.8, 0.6)), Speaker("S2", 9.0, 110.0, embedding=(0.96, 0.28))
    found = reuse_known_voices((), Diarization((), (near, nearer)), [KnownVoice((1.0, 0.0), sound("earlier"))])
    assert found == (Clip("S2", sound("earlier")),)


def test_a_stranger_keeps_the_own_voice() -> None:
    stranger = Speaker(
        "S1", 10.0, 110.0, embedding=(MIN_SAME_SPEAKER_COSINE - 0.01, (1 - (MIN_SAME_SPEAKER_COSINE - 0.01) ** 2) ** 0.5)
    )
    clips = (Clip("S1", sound("now")),)
    assert reuse_known_voices(clips, Diarization((), (stranger,)), [KnownVoice((1.0, 0.0), sound("earlier"))]) == clips
