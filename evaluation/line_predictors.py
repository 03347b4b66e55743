"""Predictors of bad lines: rank correlations of a line's properties with its errors, with intervals and corrected p-values."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

MIN_LINES = 8  # with both values; fewer tell nothing
RESAMPLES = 2000
SEED = 20_260
CONFIDENCE = 0.95
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Predictor:
    """Spearman's rank correlation of a property with the outcome over `lines`, its 95 % bootstrap interval, the p-value of a permutation
    test of no association, and that by Holm's correction for the number of properties that were tried.
    """

    name: str
    lines: int
    rho: float
    low: float
    high: float
    p: float
    p_holm: float

    @property
    def is_credible(self) -> bool:
        """True if the corrected p-value is under 5 %, and the interval excludes 0."""
        return self.p_holm < 0.05 and (self.low > 0.0 or self.high < 0.0)


def rank_predictors(properties: Mapping[str, Sequence[float | None]], outcome: Sequence[float | None]) -> tuple[Predictor, ...]:
    """The properties by the size of their correlation. Left out are those that are known of too few lines, or never vary: their number
    still counts for the correction where they were testable. None where the outcome never varies.
    """
    found = sorted(_test_properties(properties, outcome), key=lambda each: each.p)
    corrected, floor = [], 0.0
    for position, each in enumerate(found):
        floor = max(floor, min(1.0, (len(found) - position) * each.p))
        corrected.append(replace(each, p_holm=floor))
    return tuple(sorted(corrected, key=lambda each: -abs(each.rho)))


def _test_properties(properties: Mapping[str, Sequence[float | None]], outcome: Sequence[float | None]) -> Iterator[Predictor]:
    for name, values in properties.items():
        pairs = np.array(
            [(a, b) for a, b in zip(values, outcome, strict=True) if _is_known(a) and _is_known(b)], np.float64
        ).reshape(-1, 2)
        if len(pairs) < MIN_LINES or np.ptp(pairs[:, 0]) == 0.0 or np.ptp(pairs[:, 1]) == 0.0:
            continue
        yield _test(name, pairs)


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _test(name: str, pairs: Values) -> Predictor:
    random = np.random.default_rng(SEED)
    rho = compute_rank_correlation(pairs[:, 0], pairs[:, 1])
    drawn = (pairs[random.integers(len(pairs), size=len(pairs))] for _ in range(RESAMPLES))
    tail = 100.0 * (1.0 - CONFIDENCE) / 2.0
    low, high = np.nanpercentile([compute_rank_correlation(each[:, 0], each[:, 1]) for each in drawn], [tail, 100.0 - tail])
    x, y = _standardize(rank_values(pairs[:, 0])), _standardize(rank_values(pairs[:, 1]))
    shuffled = np.abs(random.permuted(np.tile(x, (RESAMPLES, 1)), axis=1) @ y) / len(pairs)
    p = (1 + int((shuffled >= abs(rho) - 1e-12).sum())) / (RESAMPLES + 1)  # never 0 (Phipson and Smyth 2010)
    return Predictor(name, len(pairs), rho, float(low), float(high), p, p)


def compute_rank_correlation(first: Values, second: Values) -> float:
    """Spearman's rho, ties at their mean rank; NaN where either is constant."""
    if np.ptp(first) == 0.0 or np.ptp(second) == 0.0:
        return math.nan
    return float(_standardize(rank_values(first)) @ _standardize(rank_values(second)) / len(first))


def rank_values(values: Values) -> Values:
    """Ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2.0)[inverse], np.float64)


def _standardize(values: Values) -> Values:
    return np.asarray((values - values.mean()) / values.std(), np.float64)


def measure_group_effect(groups: Sequence[str], outcome: Sequence[float]) -> tuple[float, float]:
    """Share of the outcome's variance that lies between groups (eta squared), and the p-value of a permutation test. For speakers and
    sources of text, which have no order. ValueError for fewer than two groups.
    """
    names = np.array(groups)
    values = rank_values(np.asarray(outcome, np.float64))
    if len(set(groups)) < 2 or np.ptp(values) == 0.0:
        raise ValueError("an effect of groups needs two of them, and an outcome that varies")
    masks = np.stack([names == name for name in dict.fromkeys(groups)])  # (groups, lines)
    effect = float(_compute_between(values[None], masks)[0])
    drawn = np.random.default_rng(SEED).permuted(np.tile(values, (RESAMPLES, 1)), axis=1)
    p = (1 + int((_compute_between(drawn, masks) >= effect - 1e-12).sum())) / (RESAMPLES + 1)
    return effect, p


def _compute_between(values: Values, masks: NDArray[np.bool_]) -> Values:
    """Share of variance between groups. `values`: (draws, lines); returns (draws,)."""
    counts = masks.sum(axis=1)  # (groups,)
    means = values @ masks.T / counts  # (draws, groups)
    total = values.var(axis=1) * values.shape[1]
    return np.asarray(((means - values.mean(axis=1, keepdims=True)) ** 2 * counts).sum(axis=1) / total, np.float64)
