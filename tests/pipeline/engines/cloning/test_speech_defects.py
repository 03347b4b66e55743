"""Sounds that are cut from a synthetic voice, and its level."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.engines.cloning import speech_defects as guard

RATE = 24_000


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def noise(seconds: float, level: float) -> np.ndarray:
    """White noise at a level in dBFS."""
    return (10 ** (level / 20) * np.random.default_rng(1).standard_normal(round(seconds * RATE))).astype(np.float32)


def speech(seconds: float, level: float = -20.0) -> np.ndarray:
    """A buzz of 120 Hz that swells four times a second, as syllables do."""
    time = np.arange(round(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 120 * n * time) / n for n in range(1, 20))
    wave = buzz * (0.55 + 0.45 * np.cos(2 * np.pi * 4 * time))
    return (wave * 10 ** (level / 20) / np.sqrt(np.mean(wave**2))).astype(np.float32)


def seconds(wave: np.ndarray) -> float:
    return len(wave) / RATE


def test_silence_at_both_ends_is_cut_to_soft_margins() -> None:
    wave = guard.clean_wave(np.concatenate([silence(1.0), speech(2.0), silence(3.0)]), RATE)
    assert seconds(wave) == pytest.approx(2.0 + guard.LEAD_S + guard.TAIL_S, abs=0.03)
    assert wave[0] == wave[-1] == 0.0


def test_a_breath_after_the_last_word_is_cut() -> None:
    wave = guard.clean_wave(np.concatenate([speech(2.0), silence(0.5), noise(0.3, -42.0), silence(0.4)]), RATE)
    assert seconds(wave) == pytest.approx(2.0 + guard.TAIL_S, abs=0.03)


def test_a_short_word_after_a_pause_is_kept() -> None:
    wave = guard.clean_wave(np.concatenate([speech(2.0), silence(0.5), speech(0.3, -24.0)]), RATE)
    assert seconds(wave) == pytest.approx(2.8, abs=0.05)


def test_hiss_that_goes_on_after_speech_is_cut_but_a_last_consonant_is_not() -> None:
    hissing = guard.clean_wave(np.concatenate([speech(2.0), noise(2.0, -52.0)]), RATE)
    assert seconds(hissing) < 2.0 + guard.MAX_RELEASE_S + guard.TAIL_S + 0.05
    ending_in_s = guard.clean_wave(np.concatenate([speech(2.0), noise(0.15, -48.0), silence(1.0)]), RATE)
    assert seconds(ending_in_s) > 2.14


def test_a_long_silence_inside_is_shortened_and_a_pause_is_kept() -> None:
    gap = guard.clean_wave(np.concatenate([speech(1.0), silence(5.0), speech(1.0)]), RATE)
    assert seconds(gap) == pytest.approx(2.0 + guard.SHORTENED_GAP_S + guard.TAIL_S, abs=0.1)
    pause = guard.clean_wave(np.concatenate([speech(1.0), silence(0.6), speech(1.0)]), RATE)
    assert seconds(pause) == pytest.approx(2.6 + guard.TAIL_S, abs=0.1)


def test_a_cut_inside_does_not_click() -> None:
    rumble = noise(8.0, -70.0)
    wave = rumble + np.concatenate([speech(1.0), silence(6.0), speech(1.0)])
    joint = guard.clean_wave(wave, RATE)
    quiet = joint[round(1.05 * RATE) : round(1.3 * RATE)]
    assert np.abs(np.diff(quiet)).max() < 0.01


def test_one_word_in_half_a_minute_of_silence_is_found() -> None:
    wave = guard.clean_wave(np.concatenate([silence(14.0), speech(0.5), silence(14.0)]), RATE)
    assert seconds(wave) == pytest.approx(0.5 + guard.LEAD_S + guard.TAIL_S, abs=0.05)


def test_an_offset_is_taken_away() -> None:
    assert abs(float(guard.clean_wave(speech(1.0) + np.float32(0.2), RATE).mean())) < 0.005


@pytest.mark.parametrize(
    "wave", [silence(0.0), silence(1.0), noise(1.0, -70.0), np.full(999, 0.5, np.float32), np.array([0.1, np.nan], np.float32)]
)
def test_no_sound_and_nonsense_leave_nothing(wave: np.ndarray) -> None:
    assert not len(guard.clean_wave(wave, RATE))


def test_takes_come_out_equally_loud_whatever_their_pauses() -> None:
    loud, soft = speech(2.0, -10.0), np.concatenate([speech(1.0, -50.0), silence(2.0), speech(1.0, -50.0)])
    levels = [20 * np.log10(np.sqrt(np.mean(guard.normalize_level(wave, RATE)[:RATE] ** 2))) for wave in (loud, soft)]
    assert levels[0] == pytest.approx(-24.0, abs=1.0)
    assert levels[1] == pytest.approx(levels[0], abs=0.5)
    spiky = speech(1.0)
    spiky[500] = 1.0
    assert np.abs(guard.normalize_level(spiky, RATE)).max() <= guard.MAX_PEAK + 1e-6
    assert np.array_equal(guard.normalize_level(silence(1.0), RATE), silence(1.0))


def test_parts_are_joined_with_their_pauses() -> None:
    assert seconds(guard.join_waves([speech(1.0), speech(0.5), speech(0.5)], [0.3, 0.0], RATE)) == pytest.approx(2.3)


def test_real_speech_is_kept_whole(recordings: Path) -> None:
    import soundfile

    for name in ("LJ001-0001", "LJ001-0004", "LJ001-0007"):
        wave, rate = soundfile.read(recordings / f"{name}.flac", dtype="float32")
        kept = guard.clean_wave(wave, rate)
        assert len(kept) > 0.93 * len(wave)
        assert float(np.square(kept).sum()) > 0.995 * float(np.square(wave - wave.mean()).sum())
