"""Diarization lookup: the turns and the speaker of a span."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from pipeline.values.timeline import Span, Turn

MAX_TURN_DISTANCE_S = 2.0  # seconds; speech outside every turn belongs to the nearest speaker within this


class TurnIndex:
    """Diarization lookup: turns and speaker of a span."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = tuple(sorted(turns, key=lambda turn: turn.span))
        self._starts = [turn.span.start for turn in self._turns]
        self._latest_ends = list(accumulate((turn.span.end for turn in self._turns), max))  # of each turn and those before it

    def find_turns(self, span: Span) -> tuple[Turn, ...]:
        """The turns inside the span, cut to it."""
        cut = ((turn.span.intersection(span), turn.speaker) for turn in self._turns_between(span.start, span.end))
        return tuple(Turn(shared, speaker) for shared, speaker in cut if shared)

    def find_speaker(self, span: Span) -> str | None:
        """The speaker of most of it, else the nearest one within 2 s, else None."""
        seconds: dict[str, float] = {}
        for turn in self.find_turns(span):
            seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + turn.span.duration
        if seconds:
            return max(seconds, key=lambda speaker: seconds[speaker])
        candidates = self._turns_between(span.start - 2 * MAX_TURN_DISTANCE_S, span.end + 2 * MAX_TURN_DISTANCE_S)
        near = min(candidates, key=lambda turn: _measure_distance(turn.span, span), default=None)
        return near.speaker if near and _measure_distance(near.span, span) <= MAX_TURN_DISTANCE_S else None

    def _turns_between(self, start: float, end: float) -> tuple[Turn, ...]:
        """Every turn that reaches into [start, end] seconds, and others only where a longer turn before them does."""
        return self._turns[bisect_left(self._latest_ends, start) : bisect_right(self._starts, end)]


def _measure_distance(one: Span, other: Span) -> float:
    return max(0.0, one.start - other.end, other.start - one.end)
