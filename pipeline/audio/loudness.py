"""Integrated loudness of a stream of samples, in LUFS (ITU-R BS.1770). Blocks go by one at a time: memory stays constant."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.k_weighting import compute_k_weighting
from pipeline.audio.levels import Wave

SILENCE_LUFS = -70.0  # the absolute gate of ITU-R BS.1770, under which nothing counts


class LoudnessMeter:
    """Integrated loudness of a stream of blocks, by ITU-R BS.1770 with both gates. Keeps 10 numbers a second."""

    def __init__(self, weights: Sequence[float], rate: int) -> None:
        """`weights`: one per channel: 1, for surrounds 1.41, for the LFE 0."""
        self._channels = [channel for channel, weight in enumerate(weights) if weight > 0.0]
        self._weights = np.array([weights[channel] for channel in self._channels])
        self._sections = compute_k_weighting(rate)
        self._state = np.zeros((2, 2, len(self._channels)))  # (sections, order, channels)
        self._hop = rate // 10
        self._rest = np.zeros(0)  # power of samples that do not fill a hop yet
        self._power: list[NDArray[np.float64]] = []  # mean power of each hop of 100 ms, summed over channels

    def add(self, block: Wave) -> None:
        """Measure the next block `(samples, channels)`."""
        from scipy.signal import sosfilt

        weighted, self._state = sosfilt(self._sections, block[:, self._channels], axis=0, zi=self._state)
        power = np.concatenate([self._rest, np.square(weighted) @ self._weights])  # (samples,)
        whole = len(power) // self._hop * self._hop
        self._rest = power[whole:]
        self._power.append(power[:whole].reshape(-1, self._hop).mean(axis=1))

    def compute_loudness(self) -> float:
        """Integrated loudness so far, in LUFS; SILENCE_LUFS where nothing passed the absolute gate."""
        hops = np.concatenate([np.zeros(0), *self._power])
        if len(hops) < 4:
            return SILENCE_LUFS
        blocks = np.lib.stride_tricks.sliding_window_view(hops, 4).mean(axis=1)  # 400 ms, overlapping by 75 %
        blocks = blocks[blocks > _compute_power(SILENCE_LUFS)]
        if not len(blocks):
            return SILENCE_LUFS
        gated = blocks[blocks > blocks.mean() * 0.1]  # the relative gate lies 10 LU lower
        return float(-0.691 + 10.0 * np.log10(gated.mean()))


def _compute_power(lufs: float) -> float:
    """Mean power of a K-weighted signal of that loudness."""
    return float(10.0 ** ((lufs + 0.691) / 10.0))
