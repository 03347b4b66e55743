import numpy as np
import pytest
import soundfile

from pipeline.audio.mixing import SILENCE, Ducking, Limiter, LoudnessMeter, gain, k_weighting, level, true_peaks
from pipeline.ffmpeg import loudness_meter
from pipeline.values.timeline import Span

RATE = 48_000


def noise(seconds: float, channels: int = 2, *, amplitude: float = 0.3, seed: int = 7) -> np.ndarray:
    return (amplitude * np.random.default_rng(seed).standard_normal((round(seconds * RATE), channels))).astype(np.float32)


def in_blocks(wave: np.ndarray, size: int) -> list[np.ndarray]:
    return [wave[start : start + size] for start in range(0, len(wave), size)]


def test_k_weighting_at_48_khz_has_the_coefficients_of_the_standard():
    shelf, high_pass = k_weighting(RATE)
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585]
    )
    assert high_pass == pytest.approx([1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621])


@pytest.mark.parametrize("block", [480_000, 4_801, 1_000])
def test_the_meter_agrees_with_ebur128_whatever_the_blocks(block, tmp_path):
    wave = noise(6.0, amplitude=0.05)
    wave[: 2 * RATE] *= 0.001  # gated out
    wave[3 * RATE : 4 * RATE] *= 4.0
    path = tmp_path / "noise.wav"
    soundfile.write(path, wave, RATE, subtype="FLOAT")
    meter = LoudnessMeter((1.0, 1.0), RATE)
    for part in in_blocks(wave, block):
        meter.add(part)
    assert meter.integrated() == pytest.approx(
        loudness_meter.measure_loudness(path, 0, seconds=6.0, ours=True).integrated, abs=0.1
    )


def test_surrounds_count_more_and_the_lfe_not_at_all():
    def loudness(channel: int) -> float:
        wave = np.zeros((RATE, 6), np.float32)
        wave[:, channel] = noise(1.0, 1)[:, 0]
        meter = LoudnessMeter((1.0, 1.0, 1.0, 0.0, 1.41, 1.41), RATE)
        meter.add(wave)
        return meter.integrated()

    assert loudness(4) - loudness(0) == pytest.approx(1.5, abs=0.02)
    assert loudness(3) == SILENCE


def test_the_level_of_speech_does_not_depend_on_its_pauses_nor_its_rate():
    tone = 0.1 * np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE)
    spoken = level(tone.astype(np.float32), RATE)
    paused = level(np.concatenate([tone, np.zeros(RATE * 3)]).astype(np.float32), RATE)
    slower = level((0.1 * np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000)).astype(np.float32), 16_000)
    assert spoken == pytest.approx(-23.0, abs=0.7)
    assert paused == pytest.approx(spoken, abs=0.3)
    assert slower == pytest.approx(spoken, abs=0.3)


def test_silence_has_no_level():
    assert level(np.zeros(RATE, np.float32), RATE) == -np.inf
    assert level(np.zeros(3, np.float32), RATE) == -np.inf


def test_ducking_is_down_within_a_span_and_ramps_around_it():
    gains = Ducking([Span(2.0, 3.0)]).gains(0, 5 * RATE, RATE)
    at = {seconds: 20 * np.log10(gains[round(seconds * RATE)]) for seconds in (0.0, 1.87, 1.94, 2.0, 2.5, 2.999, 3.2, 3.41, 4.9)}
    expected = {0.0: 0, 1.87: 0, 1.94: -7.5, 2.0: -15, 2.5: -15, 2.999: -15, 3.2: -7.5, 3.41: 0, 4.9: 0}
    assert at == pytest.approx(expected, abs=0.05)


def test_ducking_is_the_same_whatever_the_blocks():
    ducking = Ducking([Span(0.0, 0.5), Span(2.0, 3.0)])
    whole = ducking.gains(0, 4 * RATE, RATE)
    parts = np.concatenate([ducking.gains(start, 10_000, RATE) for start in range(0, 4 * RATE, 10_000)])[: 4 * RATE]
    assert np.allclose(whole, parts)


def test_a_short_pause_between_two_sentences_stays_ducked():
    gains = Ducking([Span(1.0, 2.0), Span(2.4, 3.0), Span(0.05, 0.5)]).gains(0, 4 * RATE, RATE)
    assert gains[round(1.99 * RATE) : round(2.41 * RATE)].max() == pytest.approx(gain(-15.0))
    assert gains[0] < 1.0, "speech at the very start is ducked from the start"


def test_without_speech_nothing_is_ducked():
    assert np.all(Ducking([]).gains(0, 1000, RATE) == 1.0)


@pytest.mark.parametrize("block", [480_000, 10_001, 100])
def test_the_limiter_holds_peaks_under_its_ceiling_whatever_the_blocks(block):
    wave = noise(0.5 if block == 100 else 2.0)
    limiter = Limiter(0.5, RATE, 2)
    limited = np.concatenate([*(limiter.add(part) for part in in_blocks(wave, block)), limiter.rest()])
    assert limited.shape == wave.shape
    assert np.abs(wave).max() > 1.0
    assert np.abs(limited).max() <= 0.5 + 1e-6


def test_the_limiter_leaves_what_is_under_its_ceiling_as_it_is_and_in_time():
    wave = noise(1.0, amplitude=0.02)
    limiter = Limiter(0.5, RATE, 2)
    limited = np.concatenate([limiter.add(wave), limiter.rest()])
    assert np.array_equal(limited, wave)


def test_the_limiter_bends_only_around_a_peak():
    wave = noise(1.0, amplitude=0.02)
    wave[24_000] = 1.0
    limiter = Limiter(0.5, RATE, 2)
    limited = np.concatenate([limiter.add(wave), limiter.rest()])
    assert np.abs(limited[24_000]).max() <= 0.5
    assert np.array_equal(limited[:20_000], wave[:20_000])
    assert np.array_equal(limited[28_000:], wave[28_000:])


def test_peaks_between_samples_are_seen():
    quarter = np.sin(np.pi / 4 + np.pi / 2 * np.arange(4_000))  # sampled only at 0.707 of its peak
    wave = np.stack([quarter, np.zeros(4_000)], axis=1).astype(np.float32)
    assert np.abs(wave).max() == pytest.approx(0.707, abs=0.001)
    assert true_peaks(wave, above=0.1).max() == pytest.approx(1.0, abs=0.03)
