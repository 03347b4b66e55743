import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.audio.pitch import measure_median_pitch

RATE = 16_000


def tone(f0: float, harmonics: range, *, seconds: float = 1.0) -> NDArray[np.float32]:
    at = np.arange(round(seconds * RATE)) / RATE
    return sum(np.sin(2 * np.pi * f0 * n * at) / n for n in harmonics).astype(np.float32) * np.float32(0.1)


@pytest.mark.parametrize("f0", [75.0, 110.0, 155.0, 220.0, 330.0])
def test_a_voiced_sound_has_its_fundamental(f0):
    assert measure_median_pitch(tone(f0, range(1, 12)), RATE) == pytest.approx(f0, rel=0.01)


def test_a_telephone_without_the_fundamental_does_not_move_the_pitch():
    assert measure_median_pitch(tone(110.0, range(3, 12)), RATE) == pytest.approx(110.0, rel=0.01)


def test_a_strong_second_harmonic_is_no_octave_error():
    wave = tone(110.0, range(1, 6)) + 3 * tone(220.0, range(1, 3))
    assert measure_median_pitch(wave, RATE) == pytest.approx(110.0, rel=0.01)


@pytest.mark.parametrize("wave", [np.zeros(RATE), np.random.default_rng(0).standard_normal(RATE) * 0.1, np.zeros(0), np.ones(10)])
def test_silence_noise_and_too_little_have_no_pitch(wave):
    assert measure_median_pitch(wave.astype(np.float32), RATE) is None


def test_the_pitch_of_a_minute_is_that_of_its_parts():
    wave = np.concatenate([tone(120.0, range(1, 8), seconds=21.0), tone(125.0, range(1, 8), seconds=2.0)])
    assert measure_median_pitch(wave, RATE) == pytest.approx(120.0, rel=0.01)
