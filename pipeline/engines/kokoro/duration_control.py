"""Durations for a wished length: frames spread over a line's tokens, and the edges of speech in what comes of them.

Speech is shorter than its frames, by the silence at both ends that a take does without. How much that is depends on sound
and voice, and the model's own energy curve tells it before anything is spoken, within a frame.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.kokoro.kokoro_model import FRAME, RATE, Frames
from pipeline.engines.protocols import Wave

STEP = FRAME / 2 / RATE  # s between two values of the energy curve
RISE, FALL = -1.5, 1.0  # energy at which speech begins and ends, as the sound itself has it at -40 dB of its peak
LATE, EARLY = 0.009, 0.006  # s: how much later speech begins and earlier it ends than the curve crosses, over ten voices
TRIES = 4  # of finding the frames for a length; the second nearly always is right
SILENCE = 0.01  # of the peak: -40 dB
MARGIN = 0.005  # s kept around speech
GIVE = 0.02  # s of a sound's decay that may be cut, under a fade; and of silence that may be added at either end
FADE = 0.004  # s

Energy = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FramePlan:
    """Frames per token, and the seconds of speech that they should give."""

    frames: Frames
    seconds: float


def spread_frames(natural: Frames, inner: int) -> Frames:
    """Whole frames per token, `inner` of them between the first and the last token, which keep their natural length.

    At least one frame a token: what that adds is taken from the longest ones.
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
    """Frames whose speech lasts `seconds`, as near as whole frames come; None: at the natural pace."""
    inner = max(1, round(float(natural[1:-1].sum())))
    tried: dict[int, FramePlan] = {}
    for _ in range(TRIES):
        if inner in tried:
            break
        frames = spread_frames(natural, inner)
        start, end = find_edges(energy(frames))
        tried[inner] = FramePlan(frames, end - start)
        if seconds is None:
            return tried[inner]
        inner = max(len(natural) - 2, inner + round((seconds - tried[inner].seconds) * RATE / FRAME))
    assert seconds is not None
    return min(tried.values(), key=lambda each: abs(each.seconds - seconds))


def find_edges(energy: Energy) -> tuple[float, float]:
    """Start and end of speech, in seconds, by the energy curve; between two values where it crosses the threshold."""
    above_rise, above_fall = np.flatnonzero(energy > RISE), np.flatnonzero(energy > FALL)
    if not above_rise.size or not above_fall.size:
        return 0.0, len(energy) * STEP
    first, last = int(above_rise[0]), int(above_fall[-1])
    start, end = float(first), float(last)
    if first > 0:
        start -= float((energy[first] - RISE) / (energy[first] - energy[first - 1]))
    if last + 1 < len(energy):
        end += float((energy[last] - FALL) / (energy[last] - energy[last + 1]))
    begins = max(0.0, start + 0.5) * STEP + LATE
    return begins, max(begins, (end + 0.5) * STEP - EARLY)


def trim_silence(wave: Wave) -> Wave:
    """The wave without the silence around speech; empty where there is nothing else."""
    loud = np.flatnonzero(np.abs(wave) > SILENCE * max(float(np.abs(wave).max(initial=0.0)), 0.01))
    if not loud.size:
        return wave[:0]
    margin = round(MARGIN * RATE)
    return _fade_ends(wave[max(0, int(loud[0]) - margin) : int(loud[-1]) + 1 + margin])


def fit_length(wave: Wave, seconds: float) -> Wave:
    """A trimmed wave of exactly `seconds`, where up to `GIVE` of silence at both ends, or less of its decay, can do that."""
    give = round(GIVE * RATE)
    missing = round(seconds * RATE) - len(wave)
    if missing < 0:
        return _fade_ends(wave[: len(wave) + max(missing, -give)])
    after = min(missing, give)
    return np.pad(wave, (min(missing - after, give), after))


def _fade_ends(wave: Wave) -> Wave:
    """A copy that begins and ends in nothing, so that no edge clicks."""
    length = min(round(FADE * RATE), len(wave) // 2)
    ramp = np.linspace(0.0, 1.0, length, dtype=np.float32)
    faded = wave.copy()
    faded[:length] *= ramp
    faded[len(faded) - length :] *= ramp[::-1]
    return faded
