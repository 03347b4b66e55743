"""Duration control: pace of a voice and frames of the tokens for a requested duration, and the start and end of speech in the result.

Speech is shorter than its frames by the silence at both ends, which is trimmed. Its length depends on sound
and voice; the model's energy curve predicts it before synthesis, within a frame.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.kokoro.kokoro_model import FRAME_SAMPLES, SAMPLE_RATE_HZ, Frames
from pipeline.engines.protocols import Wave

ENERGY_STEP_S = FRAME_SAMPLES / 2 / SAMPLE_RATE_HZ  # between two values of the energy curve
SPEECH_START_ENERGY, SPEECH_END_ENERGY = -1.5, 1.0  # energies that match -40 dB of the wave's peak
SPEECH_START_DELAY_S, SPEECH_END_LEAD_S = (
    0.009,
    0.006,
)  # speech begins later and ends earlier than the curve crosses; mean of ten voices
MAX_PLANS = 4  # attempts at the frames for a duration; the second is nearly always right
SILENCE_RATIO = 0.01  # of the peak: -40 dB
MARGIN_S = 0.005  # kept around speech
MAX_ADJUSTMENT_S = 0.02  # of a sound's decay that may be cut, under a fade; of silence that may be added at either end
FADE_S = 0.004

Energy = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rates:
    """Slowest and fastest pace, relative to the natural one, at which a voice is intelligible."""

    slowest: float
    fastest: float

    def choose_rate(self, natural_s: float, wanted_s: float) -> float:
        """Pace at which a text of `natural_s` seconds comes nearest to `wanted_s`."""
        return min(max(natural_s / wanted_s, self.slowest), self.fastest)


@dataclass(frozen=True, slots=True)
class FramePlan:
    """Frames per token, and the predicted duration of speech, in seconds."""

    frames: Frames
    seconds: float


def spread_frames(natural: Frames, inner: int) -> Frames:
    """Distribute whole frames over the tokens: `inner` of them between the first and the last token, which keep their duration.

    Every token gets at least one frame; the excess is taken from the longest tokens.
    """
    weights = natural[1:-1].astype(np.float64)
    inner = max(inner, len(weights))
    borders = np.round(np.cumsum(weights) * (inner / weights.sum()))
    frames = np.maximum(1, np.diff(borders, prepend=0.0))
    while (excess := int(frames.sum()) - inner) > 0:
        longest = np.argsort(-frames, kind="stable")[:excess]
        frames[longest[frames[longest] > 1]] -= 1
    return np.concatenate([[max(1, round(float(natural[0])))], frames, [max(1, round(float(natural[-1])))]]).astype(np.float32)


def plan_frames(natural: Frames, energy: Callable[[Frames], Energy], seconds: float | None) -> FramePlan:
    """Plan frames whose speech lasts `seconds`, to the nearest whole frames; None: at the natural pace."""
    inner = max(1, round(float(natural[1:-1].sum())))
    tried: dict[int, FramePlan] = {}
    for _ in range(MAX_PLANS):
        if inner in tried:
            break
        frames = spread_frames(natural, inner)
        start, end = find_edges(energy(frames))
        tried[inner] = FramePlan(frames, end - start)
        if seconds is None:
            return tried[inner]
        inner = max(len(natural) - 2, inner + round((seconds - tried[inner].seconds) * SAMPLE_RATE_HZ / FRAME_SAMPLES))
    assert seconds is not None
    return min(tried.values(), key=lambda each: abs(each.seconds - seconds))


def find_edges(energy: Energy) -> tuple[float, float]:
    """Find start and end of speech, in seconds, where the energy curve crosses its thresholds, interpolated between values."""
    above_rise, above_fall = np.flatnonzero(energy > SPEECH_START_ENERGY), np.flatnonzero(energy > SPEECH_END_ENERGY)
    if not above_rise.size or not above_fall.size:
        return 0.0, len(energy) * ENERGY_STEP_S
    first, last = int(above_rise[0]), int(above_fall[-1])
    start, end = float(first), float(last)
    if first > 0:
        start -= float((energy[first] - SPEECH_START_ENERGY) / (energy[first] - energy[first - 1]))
    if last + 1 < len(energy):
        end += float((energy[last] - SPEECH_END_ENERGY) / (energy[last] - energy[last + 1]))
    begins = max(0.0, start + 0.5) * ENERGY_STEP_S + SPEECH_START_DELAY_S
    return begins, max(begins, (end + 0.5) * ENERGY_STEP_S - SPEECH_END_LEAD_S)


def trim_silence(wave: Wave) -> Wave:
    """Trim the silence around speech; empty if there is nothing else."""
    loud = np.flatnonzero(np.abs(wave) > SILENCE_RATIO * max(float(np.abs(wave).max(initial=0.0)), 0.01))
    if not loud.size:
        return wave[:0]
    margin = round(MARGIN_S * SAMPLE_RATE_HZ)
    return _fade_ends(wave[max(0, int(loud[0]) - margin) : int(loud[-1]) + 1 + margin])


def fit_length(wave: Wave, seconds: float) -> Wave:
    """Fit a trimmed wave to exactly `seconds` by up to `MAX_ADJUSTMENT_S` of silence at both ends, or a cut of its decay; else as near as that comes."""
    give = round(MAX_ADJUSTMENT_S * SAMPLE_RATE_HZ)
    missing = round(seconds * SAMPLE_RATE_HZ) - len(wave)
    if missing < 0:
        return _fade_ends(wave[: len(wave) + max(missing, -give)])
    after = min(missing, give)
    return np.pad(wave, (min(missing - after, give), after))


def _fade_ends(wave: Wave) -> Wave:
    """A copy faded in and out, so that no edge clicks."""
    length = min(round(FADE_S * SAMPLE_RATE_HZ), len(wave) // 2)
    ramp = np.linspace(0.0, 1.0, length, dtype=np.float32)
    faded = wave.copy()
    faded[:length] *= ramp
    faded[len(faded) - length :] *= ramp[::-1]
    return faded
