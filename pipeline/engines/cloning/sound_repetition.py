"""Repeated stretches of synthesized speech: a stretch that sounds twice in one take, or that a take has in common with another wave.

Spectra are compared frame by frame at every distance. Only stretches that are almost the same sound are found (a model that loops, or
that speaks its reference clip again), and not a word that is said again in another way.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.protocols import Wave

FRAME_S, HOP_S = 0.032, 0.016  # s
BANDS = 24  # of equal width in mel, between the two limits
LOWEST_HZ, HIGHEST_HZ = 100.0, 5_000.0
SILENCE_DB = -35.0  # under the loudest frame: such frames are like each other, and are left out
MIN_REPEATED_S = 0.45  # s; shorter sounds come back in any sentence
MIN_LIKENESS = (
    0.8  # mean cosine over the stretch; nine recordings of different words reach 0.59, a stretch that is played twice 0.6 to 0.97
)
MAX_SECONDS = 40.0  # s of a wave that are compared

Frames = NDArray[np.float64]  # (frames, bands), rows of length 1, or of zeros where it is silent


def has_repetition(wave: Wave, rate: int) -> bool:
    """True if a stretch of at least 0.45 s sounds twice in a mono wave, the second time after the first has ended."""
    frames = _compute_frames(wave, rate)
    shortest = round(MIN_REPEATED_S / HOP_S)
    lags = range(shortest, len(frames) - shortest)
    return any(_find_best_likeness(frames[:-lag], frames[lag:], shortest) >= MIN_LIKENESS for lag in lags)


def has_stretch_of(wave: Wave, other: Wave, rate: int, *, seconds: float) -> bool:
    """True if a stretch of `seconds` sounds in both mono waves of the same rate."""
    frames, others = _compute_frames(wave, rate), _compute_frames(other, rate)
    shortest = round(seconds / HOP_S)
    for shift in range(shortest - len(frames), len(others) - shortest + 1):
        start, end = max(0, -shift), min(len(frames), len(others) - shift)
        if _find_best_likeness(frames[start:end], others[start + shift : end + shift], shortest) >= MIN_LIKENESS:
            return True
    return False


def _find_best_likeness(one: Frames, other: Frames, shortest: int) -> float:
    """The highest mean likeness of `shortest` frames in a row; silent frames count as different."""
    if len(one) < shortest:
        return 0.0
    sums = np.concatenate([[0.0], np.cumsum(np.einsum("fb,fb->f", one, other))])
    return float((sums[shortest:] - sums[:-shortest]).max() / shortest)


def _compute_frames(wave: Wave, rate: int) -> Frames:
    """Logarithmic mel spectra without their mean over time, each of length 1."""
    size, hop = round(FRAME_S * rate), round(HOP_S * rate)
    wave = wave[: round(MAX_SECONDS * rate)]
    if len(wave) < size:
        return np.zeros((0, BANDS))
    windows = np.lib.stride_tricks.sliding_window_view(wave, size)[::hop] * np.hanning(size)  # (frames, samples)
    power = np.square(np.abs(np.fft.rfft(windows, axis=1)))  # (frames, bins)
    energy = power.sum(axis=1)
    if not energy.max() > 0.0:
        return np.zeros((0, BANDS))
    sounds = energy > energy.max() * 10.0 ** (SILENCE_DB / 10.0)
    spectra = np.log(power @ _build_filters(size, rate) + 1e-6 * energy.max())  # (frames, bands)
    spectra -= spectra[sounds].mean(axis=0)
    lengths = np.linalg.norm(spectra, axis=1, keepdims=True)
    return np.where(sounds[:, None], spectra / np.maximum(lengths, 1e-9), 0.0)


def _build_filters(size: int, rate: int) -> NDArray[np.float64]:
    """Triangular filters of equal width in mel: (bins, bands)."""
    edges_mel = np.linspace(_to_mel(LOWEST_HZ), _to_mel(min(HIGHEST_HZ, rate / 2)), BANDS + 2)
    edges = 700.0 * (10.0 ** (edges_mel / 2595.0) - 1.0)
    bins = np.arange(size // 2 + 1)[:, None] * rate / size
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.clip(np.minimum(rising, falling), 0.0, None)


def _to_mel(frequency: float) -> float:
    return float(2595.0 * np.log10(1.0 + frequency / 700.0))
