"""Ducking: the original's gain is lowered under speech, with ramps before and after it."""

from collections.abc import Iterable

import numpy as np

from pipeline.audio.levels import Wave
from pipeline.values.timeline import Span, merge_spans


class Ducking:
    """The gain of the original under speech: `depth` dB down within the spans, ramps of `attack` and `release` s around."""

    def __init__(self, spans: Iterable[Span], *, depth: float = -15.0, attack: float = 0.12, release: float = 0.4) -> None:
        """Pauses too short for both ramps stay ducked: no pumping between two sentences."""
        times, levels = [0.0], [0.0]
        for span in merge_spans(tuple(spans), gap=attack + release):
            times += [span.start - attack, span.start, span.end, span.end + release]
            levels += [0.0, depth, depth, 0.0]
        if len(times) > 1 and times[1] < 0.0:  # speech from the very start: the ramp began before the film
            del times[0], levels[0]
        self._times, self._levels = np.array(times), np.array(levels)

    def compute_gains(self, start: int, length: int, rate: int) -> Wave:
        """Gain factors `(length,)` of the samples from sample `start` on."""
        seconds = (start + np.arange(length)) / rate
        decibels = np.interp(seconds, self._times, self._levels)
        factors: Wave = np.power(10.0, decibels / 20.0).astype(np.float32)
        return factors
