"""Levels of waveforms in dB: the factor of a gain, and the level of speech.

Waves are float32, nominally -1..1: `(samples,)` mono or `(samples, channels)`.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.k_weighting import compute_k_weighting

Wave = NDArray[np.float32]

LEVEL_FRAME_S = 0.03  # s, over which a level is taken
MAX_PAUSE_DEPTH_DB = 25.0  # dB under the loudest frame: what lies lower is pause, not speech
MIN_AUDIBLE_POWER = 1e-10  # -100 dB; a wave whose loudest frame has less is silent


def compute_gain_factor(decibels: float) -> float:
    """The factor of a gain in dB."""
    return float(10.0 ** (decibels / 20.0))


def measure_speech_level(wave: Wave, rate: int) -> float:
    """The level of speech in a mono wave, K-weighted, in dB; pauses do not count. -inf where there is silence."""
    from scipy.signal import sosfilt

    frame = max(1, round(LEVEL_FRAME_S * rate))
    if len(wave) < frame:
        return -np.inf
    weighted = sosfilt(compute_k_weighting(rate), wave.astype(np.float64))
    power = np.square(weighted[: len(weighted) // frame * frame]).reshape(-1, frame).mean(axis=1)  # (frames,)
    loudest = power.max()
    if loudest < MIN_AUDIBLE_POWER:
        return -np.inf
    return float(10.0 * np.log10(power[power > loudest * 10 ** (-MAX_PAUSE_DEPTH_DB / 10)].mean()))
