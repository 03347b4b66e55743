import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import sosfilt

from pipeline.audio.formants import measure_formant_spacing

RATE = 16_000


def vowel(spacing: float, f0: float, *, seconds: float = 5.0) -> NDArray[np.float32]:
    """Pulses at f0 through a tube whose resonances lie at odd multiples of half the spacing, pushed about like vowels."""
    pulses = np.zeros(round(seconds * RATE))
    pulses[np.arange(0, len(pulses), RATE / f0).astype(int)] = 1.0
    wave = pulses
    for n, shift in zip(range(1, 6), (1.1, 0.9, 1.05, 1.0, 1.0), strict=True):
        radius, angle = np.exp(-np.pi * 60 * n / RATE), 2 * np.pi * (n - 0.5) * spacing * shift / RATE
        wave = sosfilt(np.array([[1, 0, 0, 1, -2 * radius * np.cos(angle), radius**2]]), wave)
    return (wave / np.abs(wave).max()).astype(np.float32)


@pytest.mark.parametrize("spacing", [960.0, 1060.0, 1160.0])
@pytest.mark.parametrize("f0", [100.0, 200.0])
def test_the_spacing_is_the_tubes_whatever_the_pitch(spacing, f0):
    assert measure_formant_spacing(vowel(spacing, f0), RATE) == pytest.approx(spacing, rel=0.04)


@pytest.mark.parametrize("wave", [np.zeros(5 * RATE), vowel(1000.0, 100.0, seconds=0.5), np.zeros(0)])
def test_silence_and_too_little_tell_nothing(wave):
    assert measure_formant_spacing(wave.astype(np.float32), RATE) is None
