"""How far a line is pressed: the rate it was spoken at times the stretch it then got; 1.0 is the voice's natural pace."""

from bisect import bisect_right
from typing import Protocol

RATE_LABELS = ("at ease", "brisk", "hurried", "rushed")
RATE_LIMITS = (1.1, 1.25, 1.5)  # from where a pace is brisk, hurried, rushed: 1.25 is what stretching alone may do


class DubbedLine(Protocol):
    """A dubbed line, in a list of lines or in a report."""

    @property
    def rate(self) -> float: ...
    @property
    def stretch(self) -> float: ...


def relative_rate(line: DubbedLine) -> float:
    """How many times its voice's natural pace a line is spoken at."""
    return line.rate * line.stretch


def rate_step(pace: float) -> int:
    """The step of a pace, 0 for "at ease"."""
    return bisect_right(RATE_LIMITS, pace)


def format_rate_range(number: int) -> str:
    """What a step holds, in words: `below 1.1×`, `1.1× to 1.25×`, `1.5× and more`."""
    if number == 0:
        return f"below {RATE_LIMITS[0]:g}×"
    if number == len(RATE_LIMITS):
        return f"{RATE_LIMITS[-1]:g}× and more"
    return f"{RATE_LIMITS[number - 1]:g}× to {RATE_LIMITS[number]:g}×"
