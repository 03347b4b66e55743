"""Timing plan of a dub: start, duration and wording of every line at least cost, by dynamic programming.

Each speaker's lines are one chain: a line begins after that speaker's line before it has ended. The other speakers' lines in
the source are constraints: talk over them costs, as borrowed silence does. Lines far enough apart do not influence each
other, so that a part of a film has the same plan as in the whole of it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pipeline.timing.timing_costs import EndBounds, compute_end_cost, compute_hole_cost, compute_onset_cost, compute_rate_cost
from pipeline.values.timeline import Span

Floats = NDArray[np.float64]

RATES = (*(round(0.85 + 0.025 * n, 3) for n in range(17)), 1.3, 1.4, 1.5, 1.6)  # of a voice's natural pace
ONSET_ERRORS_S = np.array([-0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.4, 0.55, 0.75, 1.0, 1.4, 2.0])
BREATH_S = 0.08  # s of silence before the next line, of whomever
MAX_BORROWED_S = 2.0  # s of silence a line should take beyond its span
ROUNDING_S = 1e-9  # s
KEPT = "\0original"  # in the place of a speaker: no diarizer's label


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a line, as a voice speaks it. `speech_s`: seconds at its natural pace, without `pauses_s`, which the rate
    does not change. `cost`: of a wording that is not the first choice.
    """

    speech_s: float
    pauses_s: float = 0.0
    cost: float = 0.0

    def __post_init__(self) -> None:
        if self.speech_s <= 0.0 or self.pauses_s < 0.0:
            raise ValueError(f"a wording cannot last {self.speech_s} s with {self.pauses_s} s of pauses")

    def compute_duration(self, rate: float) -> float:
        """Seconds that it lasts at this rate."""
        return self.speech_s / rate + self.pauses_s


@dataclass(frozen=True, slots=True)
class LineToPlan:
    """A line to be timed: its span and speaker in the source, the wordings and the speaking rates to choose from."""

    span: Span
    speaker: str | None
    wordings: tuple[Wording, ...]
    rates: tuple[float, ...] = RATES

    def __post_init__(self) -> None:
        if not self.wordings or not self.rates:
            raise ValueError("a line needs a wording and a rate to choose from")


@dataclass(frozen=True, slots=True)
class LineTiming:
    """The plan of one line. Seconds from the start of the film; `wording`: index of the chosen one; `rate` 1.0 is natural."""

    start: float
    seconds: float
    wording: int
    rate: float

    @property
    def end(self) -> float:
        """End of the line, in seconds."""
        return self.start + self.seconds


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """Constraints on a line by the others, in seconds: its earliest start, how its end is bounded."""

    earliest: float
    end: EndBounds


@dataclass(frozen=True, slots=True)
class _Choices:
    """Choices of one line: (starts, durations) `costs` of its `starts` and `durations` in seconds.

    `options`: wording and rate of each duration.
    """

    starts: Floats
    durations: Floats
    costs: Floats
    options: tuple[tuple[int, float], ...]

    def describe(self, choice: int) -> LineTiming:
        """The timing of a choice, by its index in the flattened costs."""
        start, duration = divmod(choice, len(self.durations))
        return LineTiming(float(self.starts[start]), float(self.durations[duration]), *self.options[duration])


def plan_lines(lines: Sequence[LineToPlan], duration: float, *, kept: Sequence[Span] = ()) -> tuple[LineTiming, ...]:
    """The timing of each line at least cost, in a film of `duration` seconds; in the order of `lines`.

    `kept`: spans in which the original speaks, as another speaker does.

    No two lines of one speaker overlap. A line that is too long at every rate ends late, and its speaker's next one waits.
    """
    surroundings = _find_surroundings(lines, duration, kept)
    chains: dict[str | None, list[int]] = {}
    for index in sorted(range(len(lines)), key=lambda n: lines[n].span):
        chains.setdefault(lines[index].speaker, []).append(index)
    found: dict[int, LineTiming] = {}
    for chain in chains.values():
        found |= zip(chain, _plan_chain([(lines[n], surroundings[n]) for n in chain]), strict=True)
    return tuple(found[index] for index in range(len(lines)))


def _find_surroundings(lines: Sequence[LineToPlan], duration: float, kept: Sequence[Span]) -> tuple[_Surroundings, ...]:
    """The constraints on each line by the other speakers' lines, where the source has them.

    A line that interrupts another one in the source bounds nothing: they stay overlapping.
    """
    spoken = [(line.span, line.speaker) for line in lines] + [(span, KEPT) for span in kept]
    starts = _OthersTimes((span.start, speaker) for span, speaker in spoken)
    ends = _OthersTimes((span.end, speaker) for span, speaker in spoken)
    found = []
    for line in lines:
        before, after = ends.find_last(line.span.start, line.speaker), starts.find_first(line.span.end, line.speaker)
        other = duration if after is None else max(line.span.end, after - BREATH_S)
        film = max(duration, line.span.end)
        end = EndBounds(line.span.end, min(other, line.span.end + MAX_BORROWED_S), other, film)
        found.append(_Surroundings(min(line.span.start, (before or 0.0) + BREATH_S), end))
    return tuple(found)


class _OthersTimes:
    """Times of all lines, each with its speaker, to be searched for the nearest one of another speaker."""

    def __init__(self, times: Iterable[tuple[float, str | None]]) -> None:
        self._known = sorted(times, key=lambda each: each[0])
        self._times = [time for time, _ in self._known]

    def find_first(self, at: float, speaker: str | None) -> float | None:
        """The first time from `at` on of another speaker than this one."""
        known = islice(self._known, bisect_left(self._times, at), None)
        return next((time for time, other in known if other != speaker), None)

    def find_last(self, at: float, speaker: str | None) -> float | None:
        """The last time up to `at` of another speaker than this one."""
        place = bisect_right(self._times, at)
        return next((self._known[n][0] for n in range(place - 1, -1, -1) if self._known[n][1] != speaker), None)


def _plan_chain(chain: Sequence[tuple[LineToPlan, _Surroundings]]) -> list[LineTiming]:
    """Viterbi decoding: for every choice of a line the least cost up to it, then back along the cheapest path."""
    steps: list[tuple[_Choices, NDArray[np.intp]]] = []
    totals, ends = np.zeros(1), np.zeros(1)
    previous_end = 0.0
    for line, around in chain:
        gap = min(BREATH_S, max(0.0, line.span.start - previous_end))
        cheapest = _CheapestBefore(totals, ends + gap)
        choices = _list_choices(line, around, free_from=cheapest.earliest)
        costs, came_from = cheapest.find(choices.starts)
        totals = (choices.costs + costs[:, None]).ravel()
        ends = (choices.starts[:, None] + choices.durations).ravel()
        steps.append((choices, came_from))
        previous_end = line.span.end
    return _trace_back(steps, int(_CheapestBefore(totals, ends).find(np.array([np.inf]))[1][0]))


class _CheapestBefore:
    """The cheapest choice of a line among those that leave the speaker free at a given time; of equal ones the first to end."""

    def __init__(self, totals: Floats, free: Floats) -> None:
        """`totals`: least cost up to each choice; `free`: seconds from which on the speaker is free after it."""
        feasible = np.flatnonzero(np.isfinite(totals))
        order = feasible[np.argsort(free[feasible], kind="stable")]
        costs = totals[order]
        least = np.minimum.accumulate(costs)
        is_new = np.concatenate([[True], costs[1:] < least[:-1]])
        self._choices, self._costs, self._free = order[is_new], costs[is_new], free[order][is_new]

    @property
    def earliest(self) -> float:
        """The first time at which the speaker can be free."""
        return float(self._free[0])

    def find(self, starts: Floats) -> tuple[Floats, NDArray[np.intp]]:
        """For each start the least cost before it, infinite where the speaker cannot be free by then, and its choice."""
        reach = np.searchsorted(self._free, starts + ROUNDING_S, side="right") - 1
        return np.where(reach >= 0, self._costs[reach], np.inf), self._choices[reach]


def _list_choices(line: LineToPlan, around: _Surroundings, *, free_from: float) -> _Choices:
    """The choices of a line, each with its own cost. `free_from`: the earliest end of the speaker's line before it."""
    options = tuple((n, rate) for n in range(len(line.wordings)) for rate in line.rates)
    durations = np.array([line.wordings[n].compute_duration(rate) for n, rate in options])
    option_costs = np.concatenate([_compute_rate_costs(line.rates) + wording.cost for wording in line.wordings])
    starts = np.maximum(line.span.start + ONSET_ERRORS_S, around.earliest)
    if free_from > starts[-1]:
        starts = np.append(starts, free_from)
    ends = starts[:, None] + durations
    spoken = np.maximum(0.0, np.minimum(ends, line.span.end) - np.maximum(starts, line.span.start)[:, None])
    costs = compute_hole_cost(spoken, line.span.duration) + compute_end_cost(ends, around.end) + option_costs
    return _Choices(starts, durations, costs + compute_onset_cost(starts - line.span.start)[:, None], options)


@lru_cache(maxsize=256)
def _compute_rate_costs(rates: tuple[float, ...]) -> Floats:
    return compute_rate_cost(rates)


def _trace_back(steps: Sequence[tuple[_Choices, NDArray[np.intp]]], choice: int) -> list[LineTiming]:
    """The cheapest path that ends with `choice` of the last line."""
    path = []
    for choices, came_from in reversed(steps):
        path.append(choices.describe(choice))
        choice = int(came_from[choice // len(choices.durations)])
    return path[::-1]
