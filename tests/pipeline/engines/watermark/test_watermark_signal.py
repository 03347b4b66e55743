"""The signal of a watermark, by generators that are plain functions: lengths, level, band, seams."""

import numpy as np
import pytest

from pipeline.engines.separation.overlap_add import Overlap
from pipeline.engines.watermark.watermark_signal import MAX_LEVEL_DB, MODEL_RATE_HZ, add_watermark
from pipeline.errors import EngineError

RATE = 48_000


def level(wave: np.ndarray) -> float:
    return 20 * np.log10(np.sqrt(np.mean(np.square(wave, dtype=np.float64))))


def noise(samples: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(2).standard_normal(samples)).astype(np.float32)


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize("samples", [1, 2, 999, 24_001])
def test_a_take_of_any_rate_keeps_its_length(rate, samples):
    wave = noise(samples)
    marked = add_watermark(wave, rate, lambda speech: 0.01 * speech)
    assert (marked.dtype, marked.shape) == (np.float32, wave.shape)


def test_an_empty_take_and_a_silent_one_stay_as_they_are():
    assert len(add_watermark(noise(0), RATE, lambda speech: speech)) == 0
    silence = np.zeros(RATE, np.float32)
    assert np.array_equal(add_watermark(silence, RATE, np.ones_like), silence)


def test_a_quiet_watermark_is_added_as_it_is_and_a_loud_one_made_quieter():
    wave = noise(RATE)
    quiet = add_watermark(wave, MODEL_RATE_HZ, lambda speech: 0.01 * speech[::-1])
    np.testing.assert_allclose(quiet, wave + 0.01 * wave[::-1], atol=1e-7)
    loud = add_watermark(wave, MODEL_RATE_HZ, lambda speech: 50.0 * speech[::-1])
    assert level(loud - wave) - level(wave) == pytest.approx(MAX_LEVEL_DB, abs=0.01)


def test_the_band_that_the_model_does_not_hear_stays_as_it_was():
    wave = noise(2 * RATE)
    change = add_watermark(wave, RATE, lambda speech: 0.05 * speech[::-1]) - wave
    spectrum, hertz = np.abs(np.fft.rfft(change * np.hanning(len(change)))), np.fft.rfftfreq(len(change), 1 / RATE)
    assert level(spectrum[hertz < 7_500]) - level(spectrum[hertz > 8_500]) > 80.0


@pytest.mark.parametrize("samples", [1_000, 1_001, 1_900, 5_432])
def test_a_long_take_is_marked_in_segments_as_it_would_be_at_once(samples):
    seen = []

    def generate(speech):
        seen.append(len(speech))
        return 0.02 * np.roll(speech, 3)

    wave = noise(samples)
    whole = add_watermark(wave, MODEL_RATE_HZ, generate, Overlap(10_000, 9_000))
    parts = add_watermark(wave, MODEL_RATE_HZ, generate, Overlap(1_000, 900))
    assert max(seen[1:]) <= 1_000
    np.testing.assert_allclose(parts[3:], whole[3:], atol=0.02 * 0.5 / 10)  # at a segment's edge, where it fades, np.roll differs


def test_what_is_no_sound_is_an_error():
    with pytest.raises(EngineError, match="numbers that are no sound; its weights are damaged"):
        add_watermark(noise(100), RATE, lambda speech: np.full_like(speech, np.nan))
