"""Speech rate of dubbed lines: relative to the voice's natural rate, in labelled steps, and in characters per second."""

from bisect import bisect_right
from typing import Protocol

from pipeline.values.tasks import LineRow

RATE_LABELS = ("Too slow", "Normal", "Fast", "Too fast")
RATE_LIMITS = (0.8, 1.1, 1.25)  # lower bounds of Normal, Fast, Too fast; stretching alone reaches 1.25
NORMAL_STEP, TOO_FAST_STEP = 1, 3


class DubbedLine(Protocol):
    """A dubbed line, of a script or of a report."""

    @property
    def rate(self) -> float: ...
    @property
    def stretch(self) -> float: ...


def compute_relative_rate(line: DubbedLine) -> float:
    """Speech rate relative to the voice's natural rate: the synthesizer's rate times the time stretch; 1.0 is natural."""
    return line.rate * line.stretch


def find_rate_step(rate: float) -> int:
    """Index of a relative rate in `RATE_LABELS`."""
    return bisect_right(RATE_LIMITS, rate)


def format_rate_range(step: int) -> str:
    """Range of a step: `below 0.8×`, `0.8× to 1.1×`, `1.25× and more`."""
    if step == 0:
        return f"below {RATE_LIMITS[0]:g}×"
    if step == len(RATE_LIMITS):
        return f"{RATE_LIMITS[-1]:g}× and more"
    return f"{RATE_LIMITS[step - 1]:g}× to {RATE_LIMITS[step]:g}×"


def compute_characters_per_second(line: LineRow) -> float:
    """Characters of the translation per second of its take (CPS, spaces included); 0.0 without a take."""
    return len(line.text) / line.dub_seconds if line.dub_seconds > 0.0 else 0.0
