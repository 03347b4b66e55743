"""Acoustic features of recorded speech: its band by the long-term spectrum, its reverberation by how fast levels fall.

A steep fall of the level within 0.1 s shows a dry recording: a room would fill it. Music under speech fills it too, so that a
bound on falls depends on the range of levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.levels import Wave

FRAME_S, HOP_S = 0.032, 0.008  # s
# Hz. The low one holds a voice's fundamental, the high one its sibilants: a telephone carries neither.
LOW_BAND_HZ, MIDDLE_BAND_HZ, HIGH_BAND_HZ = (80.0, 220.0), (400.0, 3000.0), (4800.0, 7500.0)
ACTIVE_DB = 20.0  # dB under the loud frames: what lies lower is pause or decay
LOUD_PERCENTILE, FLOOR_PERCENTILE = 95.0, 3.0
FALL_S = 0.1  # s over which a fall is measured
FALL_START_DB = 15.0  # dB under the loud frames, over which a fall may begin
FALL_PERCENTILE = 90.0  # of all falls
MIN_FRAMES = 40  # 0.3 s
MIN_POWER = 1e-12


@dataclass(frozen=True, slots=True)
class RoomFeatures:
    """Features of one stretch of speech.

    `low`, `high`: dB of the band against the middle one. `range`: dB from the floor to the loud frames. `fall`: dB of the
    steep falls over 0.1 s. `speech`: seconds of active frames.
    """

    low: float
    high: float
    range: float
    fall: float
    speech: float


def measure_room_features(wave: Wave, rate: int) -> RoomFeatures | None:
    """Features of a mono wave: a line, with its pauses around it. None where it is too short or silent."""
    bands = _measure_bands(wave, rate)  # (3, frames)
    if bands.shape[1] < MIN_FRAMES:
        return None
    level = 10.0 * np.log10(np.maximum(bands[1], MIN_POWER))
    loud, floor = np.percentile(level, (LOUD_PERCENTILE, FLOOR_PERCENTILE))
    if loud <= 10.0 * np.log10(MIN_POWER) + ACTIVE_DB:
        return None
    active = level > loud - ACTIVE_DB
    low, middle, high = np.maximum(bands[:, active].mean(axis=1), MIN_POWER)
    return RoomFeatures(
        low=10.0 * float(np.log10(low / middle)),
        high=10.0 * float(np.log10(high / middle)),
        range=float(loud - floor),
        fall=_measure_falls(level, float(loud)),
        speech=float(active.sum() * HOP_S),
    )


def average_features(features: Sequence[RoomFeatures], weights: Sequence[float]) -> RoomFeatures:
    """Mean of several stretches, by their weights times their speech; `speech` is their sum."""
    shares = np.array([weight * each.speech for each, weight in zip(features, weights, strict=True)])
    rows = np.array([(each.low, each.high, each.range, each.fall) for each in features])  # (stretches, 4)
    low, high, extent, fall = (shares @ rows / shares.sum()).tolist()
    return RoomFeatures(low, high, extent, fall, sum(each.speech for each in features))


def _measure_bands(wave: Wave, rate: int) -> NDArray[np.float64]:
    """Power of the three bands in each frame `(3, frames)`."""
    length = round(FRAME_S * rate)
    if len(wave) < length:
        return np.zeros((3, 0))
    frames = np.lib.stride_tricks.sliding_window_view(wave, length)[:: round(HOP_S * rate)]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(length), axis=1)))  # (frames, bins)
    hertz = np.fft.rfftfreq(length, 1.0 / rate)
    bands = (LOW_BAND_HZ, MIDDLE_BAND_HZ, HIGH_BAND_HZ)
    return np.stack([power[:, (hertz >= start) & (hertz < end)].sum(axis=1) for start, end in bands]) / length**2


def _measure_falls(level: NDArray[np.float64], loud: float) -> float:
    """The steep falls of the level over 0.1 s, in dB."""
    span = round(FALL_S / HOP_S)
    starts = level[:-span]
    falls = (starts - level[span:])[starts > loud - FALL_START_DB]
    return float(np.percentile(falls, FALL_PERCENTILE)) if len(falls) else 0.0
