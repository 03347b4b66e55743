"""The pitch of a voice: its median fundamental frequency (F0), robust against octave errors."""

import numpy as np
from numpy.typing import NDArray

FRAME_S, HOP_S = 0.05, 0.02  # s: three periods at 60 Hz fit a frame
MIN_PITCH_HZ, MAX_PITCH_HZ = 60.0, 420.0  # F0 of adult speech, excited women's included
MIN_VOICED_CORRELATION = 0.75  # normalised autocorrelation over which a frame counts as voiced
FIRST_PEAK_RATIO = 0.87  # of the best peak: the shortest lag that reaches it wins, for multiples of a period match as well
MIN_VOICED_FRAMES = 15  # 0.3 s
MAX_BATCH_FRAMES = 1_000  # frames analysed at a time; about 40 MB


def measure_median_pitch(wave: NDArray[np.float32], rate: int) -> float | None:
    """Median F0 of a mono wave, in Hz; None where less than 0.3 s of it is voiced."""
    found = [
        measure_pitches(wave[at : at + round(MAX_BATCH_FRAMES * HOP_S * rate)], rate)
        for at in range(0, len(wave), round(MAX_BATCH_FRAMES * HOP_S * rate))
    ]
    voiced = np.concatenate([np.zeros(0), *found])
    return float(np.median(voiced)) if len(voiced) >= MIN_VOICED_FRAMES else None


def measure_pitches(wave: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """F0 of each voiced frame, in Hz, in order; frames without voice are left out."""
    length = round(FRAME_S * rate)
    if len(wave) < length:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(wave, length)[:: round(HOP_S * rate)].astype(np.float64)
    frames = frames - frames.mean(axis=1, keepdims=True)
    energy = np.square(frames).sum(axis=1)
    frames = frames[energy > 0.05 * np.median(energy[energy > 0])] if (energy > 0).any() else frames[:0]
    likeness = _compute_autocorrelation(frames, round(rate / MIN_PITCH_HZ))  # (frames, lags)
    lags = np.array([_find_period(row, round(rate / MAX_PITCH_HZ)) for row in likeness])
    return rate / lags[lags > 0] if len(lags) else np.zeros(0)


def _compute_autocorrelation(frames: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Correlation of each frame's head with its tail at lags 0 to `longest`, each normalised by both energies: -1..1."""
    length = frames.shape[1]
    spectrum = np.fft.rfft(frames, 2 * length, axis=1)
    products = np.fft.irfft(np.square(np.abs(spectrum)), axis=1)[:, : longest + 2]
    sums = np.concatenate([np.zeros((len(frames), 1)), np.cumsum(np.square(frames), axis=1)], axis=1)
    lags = np.arange(longest + 2)
    heads, tails = sums[:, length - lags], sums[:, -1:] - sums[:, lags]
    return np.asarray(products / np.maximum(np.sqrt(heads * tails), 1e-12))


def _find_period(likeness: NDArray[np.float64], shortest: int) -> float:
    """The period in samples, to a fraction of one; 0.0 where the frame is not voiced."""
    inner = likeness[1:-1]
    peaks = 1 + np.flatnonzero((inner > likeness[:-2]) & (inner >= likeness[2:]))
    peaks = peaks[peaks >= shortest]
    if not len(peaks) or likeness[peaks].max() < MIN_VOICED_CORRELATION:
        return 0.0
    lag = int(peaks[likeness[peaks] >= FIRST_PEAK_RATIO * likeness[peaks].max()][0])
    before, here, after = likeness[lag - 1 : lag + 2]
    return lag + 0.5 * float(before - after) / float(before - 2 * here + after)
