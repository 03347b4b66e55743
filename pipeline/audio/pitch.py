"""The pitch of a voice: its median fundamental frequency (F0), robust against octave errors."""

import numpy as np
from numpy.typing import NDArray

FRAME, HOP = 0.05, 0.02  # seconds: three periods at 60 Hz fit a frame
LOWEST, HIGHEST = 60.0, 420.0  # Hz, F0 of adult speech, excited women's included
VOICED = 0.75  # normalised autocorrelation over which a frame counts as voiced
FIRST_PEAK = 0.87  # of the best peak: the shortest lag that reaches it wins, for multiples of a period match as well
FRAMES_NEEDED = 15  # voiced ones: 0.3 s
FRAMES_AT_ONCE = 1_000  # about 40 MB


def median_pitch(wave: NDArray[np.float32], rate: int) -> float | None:
    """Median F0 of a mono wave, in Hz; None where less than 0.3 s of it is voiced."""
    found = [
        pitches(wave[at : at + round(FRAMES_AT_ONCE * HOP * rate)], rate)
        for at in range(0, len(wave), round(FRAMES_AT_ONCE * HOP * rate))
    ]
    voiced = np.concatenate([np.zeros(0), *found])
    return float(np.median(voiced)) if len(voiced) >= FRAMES_NEEDED else None


def pitches(wave: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """F0 of each voiced frame, in Hz, in order; frames without voice are left out."""
    length = round(FRAME * rate)
    if len(wave) < length:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(wave, length)[:: round(HOP * rate)].astype(np.float64)
    frames = frames - frames.mean(axis=1, keepdims=True)
    energy = np.square(frames).sum(axis=1)
    frames = frames[energy > 0.05 * np.median(energy[energy > 0])] if (energy > 0).any() else frames[:0]
    likeness = _autocorrelation(frames, round(rate / LOWEST))  # (frames, lags)
    lags = np.array([_period(row, round(rate / HIGHEST)) for row in likeness])
    return rate / lags[lags > 0] if len(lags) else np.zeros(0)


def _autocorrelation(frames: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Correlation of each frame's head with its tail at lags 0 to `longest`, each normalised by both energies: -1..1."""
    length = frames.shape[1]
    spectrum = np.fft.rfft(frames, 2 * length, axis=1)
    products = np.fft.irfft(np.square(np.abs(spectrum)), axis=1)[:, : longest + 2]
    sums = np.concatenate([np.zeros((len(frames), 1)), np.cumsum(np.square(frames), axis=1)], axis=1)
    lags = np.arange(longest + 2)
    heads, tails = sums[:, length - lags], sums[:, -1:] - sums[:, lags]
    return np.asarray(products / np.maximum(np.sqrt(heads * tails), 1e-12))


def _period(likeness: NDArray[np.float64], shortest: int) -> float:
    """The period in samples, to a fraction of one; 0.0 where the frame is not voiced."""
    inner = likeness[1:-1]
    peaks = 1 + np.flatnonzero((inner > likeness[:-2]) & (inner >= likeness[2:]))
    peaks = peaks[peaks >= shortest]
    if not len(peaks) or likeness[peaks].max() < VOICED:
        return 0.0
    lag = int(peaks[likeness[peaks] >= FIRST_PEAK * likeness[peaks].max()][0])
    before, here, after = likeness[lag - 1 : lag + 2]
    return lag + 0.5 * float(before - after) / float(before - 2 * here + after)
