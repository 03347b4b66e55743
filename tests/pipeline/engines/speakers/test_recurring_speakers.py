"""Recurring speakers of a series: one voice for a person over all episodes, and nobody else's."""

from pathlib import Path

from pipeline.engines.speakers.recurring_speakers import MIN_SAME_SPEAKER_COSINE, reuse_known_voices
from pipeline.values.media import Artifact
from pipeline.values.timeline import Clip, Diarization, KnownVoice, Speaker


def sound(name: str) -> Artifact:
    return Artifact(Path(f"{name}.flac"), 1, name)


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
