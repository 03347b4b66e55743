"""Room effects on a take: a telephone's band, or a synthetic room (early reflections, exponentially decaying noise)."""

from dataclasses import dataclass

import numpy as np

from pipeline.audio.levels import Wave, compute_gain_factor, measure_speech_level
from pipeline.audio.rooms.room_classes import RoomClass

TELEPHONE_BAND_HZ = (300.0, 3400.0)  # ITU-T G.712
BAND_ORDER = 4
NOISE_SEED = 71  # of the decaying noise: the same take in the same room gives the same samples
REFLECTIONS_MS = (5.3, 9.1, 13.7, 19.4, 27.9)
TAIL_ONSET_S = 0.02  # s in which the noise rises behind the direct sound
DECAY_NEPERS = 6.9078  # of amplitude in the reverberation time: 60 dB


@dataclass(frozen=True, slots=True)
class RoomPreset:
    """`decay`: reverberation time (T60) in s. `direct`: dB of the direct sound against the reverberant one."""

    decay: float
    direct: float


ROOM_PRESETS = {RoomClass.ROOM: RoomPreset(0.8, -2.0), RoomClass.HALL: RoomPreset(1.3, -6.0)}


def apply_room(wave: Wave, rate: int, room: RoomClass) -> Wave:
    """A mono take as it sounds in this room, at the take's level; a room adds its tail behind it."""
    match room:
        case RoomClass.DRY:
            return wave
        case RoomClass.TELEPHONE:
            changed = _limit_band(wave, rate)
        case _:
            changed = _reverberate(wave, rate, ROOM_PRESETS[room])
    before, after = measure_speech_level(wave, rate), measure_speech_level(changed, rate)
    return changed * np.float32(compute_gain_factor(before - after)) if np.isfinite(before) and np.isfinite(after) else wave


def compute_impulse_response(rate: int, preset: RoomPreset) -> Wave:
    """Impulse response of a synthetic room; the direct sound is its first sample, 1."""
    seconds = np.arange(round(preset.decay * rate)) / rate
    noise = np.random.default_rng(NOISE_SEED).standard_normal(len(seconds))
    tail = noise * np.exp(-DECAY_NEPERS * seconds / preset.decay) * -np.expm1(-seconds / TAIL_ONSET_S)
    early = np.zeros(len(seconds))
    for number, milliseconds in enumerate(REFLECTIONS_MS):
        early[round(milliseconds * rate / 1000.0)] = (-1.0) ** number / (1.0 + number)
    reverberant = early / np.linalg.norm(early) + tail / np.linalg.norm(tail)
    reverberant *= compute_gain_factor(-preset.direct) / np.linalg.norm(reverberant)
    reverberant[0] += 1.0
    return reverberant.astype(np.float32)


def _limit_band(wave: Wave, rate: int) -> Wave:
    from scipy.signal import butter, sosfilt

    return np.asarray(sosfilt(butter(BAND_ORDER, TELEPHONE_BAND_HZ, "bandpass", fs=rate, output="sos"), wave), np.float32)


def _reverberate(wave: Wave, rate: int, preset: RoomPreset) -> Wave:
    from scipy.signal import fftconvolve

    return np.asarray(fftconvolve(wave, compute_impulse_response(rate, preset)), np.float32)
