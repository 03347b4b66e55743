"""Paired bootstrap of two evaluations: the same lines in both, drawn again and again, give an interval of each difference.

Lines are drawn within each film, and figures of whole films by film (Efron and Tibshirani 1993, percentile intervals). The
seed is fixed, so that the same two evaluations give the same intervals.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.film_evaluation.figures import FIGURES, Figure, Values, group_by_language
from evaluation.film_evaluation.observations import Observation

RESAMPLES, BATCH_VALUES = 2000, 4_000_000  # draws, and values that are drawn at once
CONFIDENCE = 0.95
MIN_FILMS = 3  # that a figure of whole films needs for an interval
SEED = 20_260

Pairs = NDArray[np.float64]  # (pairs, 4): value and weight in A, value and weight in B


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure in two evaluations, over the `pairs` that both have. `low`, `high`: 95 % interval of B - A; None without one."""

    figure: Figure
    language: str
    first: float
    second: float
    pairs: int
    low: float | None = None
    high: float | None = None

    @property
    def is_significant(self) -> bool:
        """True if the interval excludes 0."""
        return self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)

    @property
    def is_better(self) -> bool | None:
        """True if B is better than A, False if it is worse; None for a figure that has no better side."""
        if not self.figure.better or self.second == self.first:
            return None
        return (self.second > self.first) is (self.figure.better == "higher")


def compare_evaluations(first: Iterable[Observation], second: Iterable[Observation]) -> Iterator[Difference]:
    """The differences of all figures that both evaluations have, by language; only films and lines of both count."""
    ones, others = group_by_language(first), group_by_language(second)
    for figure in FIGURES:
        for language in sorted({language for language, quantity in ones if quantity is figure.quantity}):
            key = (language, figure.quantity)
            strata = pair_observations(ones[key], others.get(key, ()))
            if strata:
                yield bootstrap_difference(figure, language, strata)


def pair_observations(first: Sequence[Observation], second: Sequence[Observation]) -> tuple[Pairs, ...]:
    """Pairs of the same line, by film; those of whole films in one group. Of several observations of a line their mean counts."""
    ones, others = _merge_lines(first), _merge_lines(second)
    strata: dict[str, list[tuple[float, ...]]] = {}
    for film, line in sorted(ones.keys() & others.keys()):
        stratum = "" if line == 0 else film
        strata.setdefault(stratum, []).append((*ones[film, line], *others[film, line]))
    return tuple(np.array(pairs) for pairs in strata.values())


def _merge_lines(observations: Sequence[Observation]) -> dict[tuple[str, int], tuple[float, float]]:
    """Film and line (0: the film) → mean value and whole weight."""
    sums: dict[tuple[str, int], tuple[float, float]] = {}
    for each in observations:
        key = (each.film, each.line or 0)
        product, weight = sums.get(key, (0.0, 0.0))
        sums[key] = (product + each.value * each.weight, weight + each.weight)
    return {key: (product / weight, weight) for key, (product, weight) in sums.items() if weight > 0.0}


def bootstrap_difference(figure: Figure, language: str, strata: Sequence[Pairs]) -> Difference:
    """The figure in both evaluations with the interval of its difference. `strata`: pairs that are drawn by themselves."""
    pairs = np.concatenate(strata)
    first, second = (float(figure.statistic(pairs[:, 2 * n], pairs[:, 2 * n + 1])) for n in (0, 1))
    difference = Difference(figure, language, first, second, len(pairs))
    if len(pairs) < MIN_FILMS:
        return difference
    drawn = np.concatenate(list(_draw_differences(figure, strata, len(pairs))))
    tail = 100.0 * (1.0 - CONFIDENCE) / 2.0
    low, high = (float(edge) for edge in np.percentile(drawn, [tail, 100.0 - tail]))
    return Difference(figure, language, first, second, len(pairs), low, high)


def _draw_differences(figure: Figure, strata: Sequence[Pairs], count: int) -> Iterator[Values]:
    """Differences of resampled pairs, batch by batch: RESAMPLES in all."""
    random = np.random.default_rng(SEED)
    batch = max(1, BATCH_VALUES // count)
    for begun in range(0, RESAMPLES, batch):
        draws = min(batch, RESAMPLES - begun)
        drawn = np.concatenate([pairs[random.integers(len(pairs), size=(draws, len(pairs)))] for pairs in strata], axis=1)
        # (draws, pairs, 4)
        yield figure.statistic(drawn[..., 2], drawn[..., 3]) - figure.statistic(drawn[..., 0], drawn[..., 1])
