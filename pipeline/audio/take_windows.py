"""Windows of takes for speech recognition: takes one after the other with silence between them, as a recogniser's cost is by the window."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.values.media import SPEECH_RATE_HZ

WINDOW_S = 28.0  # s that Whisper hears at once, with room for padding
GAP_S = 0.8  # s of silence before, between and after takes; from 1.5 on it would be left out as a pause
MIN_FILL = 0.7  # of a window that may end before the next take is too long for it

Wave = NDArray[np.float32]


def group_takes(numbers: Sequence[int], seconds: Sequence[float], *, longest: float = WINDOW_S) -> tuple[slice, ...]:
    """Group consecutive takes into windows of at most `longest` seconds; a longer take has one to itself.

    A full window ends, where it may, before the line whose number is divisible by the highest power of two: so the windows
    after a take of another length are the same again after a few lines, and are not recognised again (content-defined chunking).
    """
    groups, start = [], 0
    while start < len(numbers):
        stop = _choose_cut(numbers, _find_cuts(seconds, start, longest))
        groups.append(slice(start, stop))
        start = stop
    return tuple(groups)


def _find_cuts(seconds: Sequence[float], start: int, longest: float) -> list[int]:
    """The ends that a window from `start` may have: from `MIN_FILL` to full; all of the rest where it fits."""
    cuts, filled = [start + 1], GAP_S
    for end in range(start, len(seconds)):
        filled += seconds[end] + GAP_S
        if filled > longest and end > start:
            return cuts
        if filled >= MIN_FILL * longest:
            cuts.append(end + 1)
        elif end > start:
            cuts = [end + 1]
    return [len(seconds)]


def _choose_cut(numbers: Sequence[int], cuts: Sequence[int]) -> int:
    if cuts[-1] == len(numbers):
        return cuts[-1]
    return max(cuts, key=lambda cut: (numbers[cut] & -numbers[cut], cut))


def join_takes(waves: Sequence[Wave]) -> Wave:
    """Join waves at 16 kHz with silence around each."""
    gap = np.zeros(round(GAP_S * SPEECH_RATE_HZ), np.float32)
    return np.concatenate([gap, *(piece for wave in waves for piece in (wave, gap))])
