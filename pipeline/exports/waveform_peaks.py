"""Waveform peaks of an audio track: pairs of minimum and maximum for drawing, at several resolutions."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ, Block

PAIR_RATES = (100, 10, 1)  # pairs per second; the first one is measured, the others are merged from it
TILE_PAIRS = 6_000
PAIR_SAMPLES = FILM_SAMPLE_RATE_HZ // PAIR_RATES[0]

Peaks = NDArray[np.int8]  # (pairs, 2): minimum and maximum, -128..127


def compute_peaks(blocks: Iterable[Block]) -> Peaks:
    """Peaks at `PAIR_RATES[0]` of mono blocks (samples, 1), -1..1; all but the last are a multiple of `PAIR_SAMPLES` long."""
    parts = [np.zeros((0, 2), np.int8)]
    for block in blocks:
        wave = np.pad(block[:, 0], (0, -len(block) % PAIR_SAMPLES)).reshape(-1, PAIR_SAMPLES)  # (pairs, samples)
        ends = np.stack([wave.min(axis=1), wave.max(axis=1)], axis=1)
        parts.append(np.clip(np.rint(127.0 * np.nan_to_num(ends)), -128, 127).astype(np.int8))
    return np.concatenate(parts)


def merge_peaks(peaks: Peaks, count: int) -> Peaks:
    """Peaks at a lower resolution: `count` pairs become one."""
    padded = np.pad(peaks, ((0, -len(peaks) % count), (0, 0)), mode="edge" if len(peaks) else "constant")
    pairs = padded.reshape(-1, count, 2)
    return np.stack([pairs[:, :, 0].min(axis=1), pairs[:, :, 1].max(axis=1)], axis=1)
