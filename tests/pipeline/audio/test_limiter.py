import numpy as np
import pytest
from white_noise import RATE, in_blocks, noise

from pipeline.audio.limiter import Limiter, measure_true_peaks


@pytest.mark.parametrize("block", [480_000, 10_001, 100])
def test_the_limiter_holds_peaks_under_its_ceiling_whatever_the_blocks(block):
    wave = noise(0.5 if block == 100 else 2.0)
    limiter = Limiter(0.5, RATE, 2)
    limited = np.concatenate([*(limiter.add(part) for part in in_blocks(wave, block)), limiter.flush()])
    assert limited.shape == wave.shape
    assert np.abs(wave).max() > 1.0
    assert np.abs(limited).max() <= 0.5 + 1e-6


def test_the_limiter_leaves_what_is_under_its_ceiling_as_it_is_and_in_time():
    wave = noise(1.0, amplitude=0.02)
    limiter = Limiter(0.5, RATE, 2)
    limited = np.concatenate([limiter.add(wave), limiter.flush()])
    assert np.array_equal(limited, wave)


def test_the_limiter_bends_only_around_a_peak():
    wave = noise(1.0, amplitude=0.02)
    wave[24_000] = 1.0
    limiter = Limiter(0.5, RATE, 2)
    limited = np.concatenate([limiter.add(wave), limiter.flush()])
    assert np.abs(limited[24_000]).max() <= 0.5
    assert np.array_equal(limited[:20_000], wave[:20_000])
    assert np.array_equal(limited[28_000:], wave[28_000:])


def test_peaks_between_samples_are_seen():
    quarter = np.sin(np.pi / 4 + np.pi / 2 * np.arange(4_000))  # sampled only at 0.707 of its peak
    wave = np.stack([quarter, np.zeros(4_000)], axis=1).astype(np.float32)
    assert np.abs(wave).max() == pytest.approx(0.707, abs=0.001)
    assert measure_true_peaks(wave, above=0.1).max() == pytest.approx(1.0, abs=0.03)
