"""Who gets which voice."""

import pytest

from pipeline.engines.speakers.espeak_casting import PITCH_OPTIONS, REGISTER_BORDER_HZ, VARIANTS, cast_by_pitch
from pipeline.values.timeline import Register, Speaker


def speakers(*pitches: float | None) -> tuple[Speaker, ...]:
    return tuple(Speaker(f"S{n}", 100.0 / n, pitch) for n, pitch in enumerate(pitches, 1))


@pytest.mark.parametrize("pitch", [60.0, 85.0, 110.0, 140.0, 154.9, 155.1, 165.0, 205.0, 260.0, 400.0])
def test_the_register_is_always_kept(pitch: float) -> None:
    crowd = speakers(*[pitch] * 40)
    for speaker, (candidate, option) in zip(crowd, cast_by_pitch(crowd), strict=True):
        assert (candidate.pitch(option) < REGISTER_BORDER_HZ) == (speaker.register is Register.LOW)


def test_nobody_shares_a_variant_while_there_are_enough() -> None:
    crowd = speakers(*[110.0] * len(VARIANTS[Register.LOW]), *[205.0] * len(VARIANTS[Register.HIGH]))
    assert len({candidate for candidate, _ in cast_by_pitch(crowd)}) == len(crowd)


def test_nobody_shares_variant_and_pitch_for_long_after() -> None:
    crowd = speakers(*[110.0] * 60)
    assert len(set(cast_by_pitch(crowd))) == 60


def test_far_more_speakers_than_voices_still_get_one_each() -> None:
    assert len(cast_by_pitch(speakers(*[110.0] * 120))) == 120


@pytest.mark.parametrize("pitch", [82.0, 95.0, 105.0, 120.0, 140.0, 175.0, 190.0, 210.0, 240.0, 300.0])
def test_the_first_voice_comes_within_a_semitone_of_the_speaker(pitch: float) -> None:
    ((candidate, option),) = cast_by_pitch(speakers(pitch))
    assert candidate.pitch(option) == pytest.approx(pitch, rel=0.06)


def test_casting_is_deterministic_and_the_first_speaker_chooses_first() -> None:
    crowd = speakers(112.0, 112.0, 205.0, None)
    assert cast_by_pitch(crowd) == cast_by_pitch(crowd)
    assert cast_by_pitch(crowd)[:1] == cast_by_pitch(crowd[:1])


def test_a_speaker_without_a_pitch_gets_a_low_voice() -> None:
    ((candidate, _),) = cast_by_pitch(speakers(None))
    assert candidate in VARIANTS[Register.LOW]


def test_pitch_rises_with_the_option() -> None:
    for candidate in (candidate for row in VARIANTS.values() for candidate in row):
        pitches = [candidate.pitch(option) for option in PITCH_OPTIONS]
        assert pitches == sorted(pitches)
        assert (pitches[0], pitches[-1]) == pytest.approx((candidate.low, candidate.high))


def test_a_choice_keeps_its_pitches_and_the_register_where_it_can() -> None:
    low, high = VARIANTS[Register.LOW][0], VARIANTS[Register.HIGH][0]
    crowd = speakers(80.0, 150.0, 250.0)
    assert cast_by_pitch(crowd, [(low, 50), (high, 50)]) == ((low, 50), (low, 50), (high, 50))
    assert cast_by_pitch(crowd, [(high, 50)]) == ((high, 50),) * 3
