"""Paired scores of two engines: the same units (sentences, recordings) by both, drawn again and again (percentile bootstrap)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.film_evaluation.paired_bootstrap import CONFIDENCE, MIN_FILMS, RESAMPLES, SEED

MIN_UNITS = MIN_FILMS  # that an interval needs


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Mean scores of two engines over the same `units`. `low`, `high`: 95 % interval of second - first; None with too few units."""

    first: float
    second: float
    units: int
    low: float | None = None
    high: float | None = None

    @property
    def difference(self) -> float:
        """Second minus first."""
        return self.second - self.first

    @property
    def verdict(self) -> str:
        """The difference in words: the engines are told apart where the interval excludes 0."""
        if self.low is None or self.high is None:
            return f"{self.units} units are too few for an interval"
        return "different" if self.low > 0.0 or self.high < 0.0 else "not told apart by this much speech"


def compare_scores(
    first: Sequence[float], second: Sequence[float], weights: Sequence[float] | None = None, *, resamples: int = RESAMPLES
) -> PairedDifference:
    """The means of two engines' scores of the same units, and the interval of their difference. `weights`: of the units, such as
    their numbers of words; None: all alike. The seed is fixed. ValueError for other numbers of scores, and for none.
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    weight = np.ones_like(one) if weights is None else np.asarray(weights, np.float64)
    if not len(one) == len(other) == len(weight) or not len(one):
        raise ValueError(f"paired scores need the same units: {len(one)}, {len(other)} and {len(weight)} were given")
    if weight.sum() <= 0.0:
        raise ValueError("the weights of paired scores sum to nothing; give numbers of words, or none")
    mean_one, mean_other = (float((scores * weight).sum() / weight.sum()) for scores in (one, other))
    if len(one) < MIN_UNITS:
        return PairedDifference(mean_one, mean_other, len(one))
    drawn = np.random.default_rng(SEED).integers(len(one), size=(resamples, len(one)))  # (draws, units)
    totals = weight[drawn].sum(axis=1)
    usable = totals > 0.0
    differences = ((other - one) * weight)[drawn].sum(axis=1)[usable] / totals[usable]
    tail = 100.0 * (1.0 - CONFIDENCE) / 2.0
    low, high = (float(edge) for edge in np.percentile(differences, [tail, 100.0 - tail]))
    return PairedDifference(mean_one, mean_other, len(one), low, high)
