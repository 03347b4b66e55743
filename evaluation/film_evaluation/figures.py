"""Figures of an evaluation: statistics over observations, each with its definition in one place, and their paired bootstrap."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from evaluation.film_evaluation.observations import Observation, Quantity
from pipeline.assessment.line_timing import MAX_ONSET_ERROR_S

Values = NDArray[np.float64]  # (…, observations)
Statistic = Callable[[Values, Values], Values]  # of values and their weights along the last axis: (…)

USUAL_RATES = (0.85, 1.25)  # effective rates that go unnoticed


def _mean(values: Values, weights: Values) -> Values:
    return np.asarray((values * weights).sum(axis=-1) / weights.sum(axis=-1))


def _mean_size(values: Values, weights: Values) -> Values:
    return _mean(np.abs(values), weights)


def _percentile(values: Values, _weights: Values, *, q: float) -> Values:
    return np.asarray(np.percentile(values, q, axis=-1))


def _percentile_size(values: Values, _weights: Values, *, q: float) -> Values:
    return np.asarray(np.percentile(np.abs(values), q, axis=-1))


def _share_off(values: Values, _weights: Values) -> Values:
    return np.asarray((np.abs(values) > MAX_ONSET_ERROR_S + 1e-9).mean(axis=-1))


def _share_usual(values: Values, _weights: Values) -> Values:
    return np.asarray(((values >= USUAL_RATES[0] - 1e-9) & (values <= USUAL_RATES[1] + 1e-9)).mean(axis=-1))


def _spread(values: Values, _weights: Values) -> Values:
    low, high = np.percentile(values, [5, 95], axis=-1)
    return np.asarray(high - low)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: a statistic over the observations of a quantity. `name`: for people; `better`: "lower", "higher", or "" for neither."""

    name: str
    quantity: Quantity
    statistic: Statistic
    better: str = "lower"
    digits: int = 3


FIGURES = (
    Figure("recognition WER", Quantity.RECOGNITION, _mean),
    Figure("DER, collar .25 s", Quantity.DIARIZATION, _mean),
    Figure("DER, no collar", Quantity.DIARIZATION_STRICT, _mean),
    Figure("speakers too many or few", Quantity.SPEAKERS, _mean_size, digits=1),
    Figure("SI-SDR of the speech, dB", Quantity.SPEECH_SI_SDR, _mean, "higher", 1),
    Figure("SI-SDR of the background, dB", Quantity.BACKGROUND_SI_SDR, _mean, "higher", 1),
    Figure("real-time factor", Quantity.REAL_TIME_FACTOR, _mean, digits=2),
    Figure("chrF++", Quantity.TRANSLATION, _mean, "higher", 1),
    Figure("lines with an onset", Quantity.MATCHED, _mean, "higher"),
    Figure("onset error p50, s", Quantity.ONSET, partial(_percentile_size, q=50.0)),
    Figure("onset error p95, s", Quantity.ONSET, partial(_percentile_size, q=95.0)),
    Figure("onset error beyond .3 s", Quantity.ONSET, _share_off),
    Figure("onset error p95, first 10 min", Quantity.ONSET_FIRST, partial(_percentile_size, q=95.0)),
    Figure("onset error p95, last 10 min", Quantity.ONSET_LAST, partial(_percentile_size, q=95.0)),
    *(Figure(f"rate p{q}", Quantity.RATE, partial(_percentile, q=float(q)), "") for q in (1, 5, 50, 95, 99)),
    Figure("rate spread, p95 - p5", Quantity.RATE, _spread),
    Figure("rates within .85-1.25", Quantity.RATE, _share_usual, "higher"),
    Figure("speech overlap", Quantity.OVERLAP, _mean, "higher"),
    Figure("fill", Quantity.FILL, _mean, "higher"),
    Figure("lines over their speaker's own", Quantity.SPEAKER_OVERLAPS, _mean, digits=1),
    Figure("round-trip WER", Quantity.ROUND_TRIP, _mean),
)


@dataclass(frozen=True, slots=True)
class FigureValue:
    """A figure of one film, or of all where `film` is "". `count`: of the observations."""

    figure: Figure
    film: str
    language: str
    value: float
    count: int


def compute_figures(observations: Iterable[Observation]) -> tuple[FigureValue, ...]:
    """Every figure of every film and language that was observed, then those over all films."""
    groups: dict[tuple[str, str, Quantity], list[Observation]] = {}
    for each in observations:
        for film in (each.film, ""):
            groups.setdefault((film, each.language, each.quantity), []).append(each)
    return tuple(
        FigureValue(figure, film, language, compute_statistic(figure, found), len(found))
        for (film, language, quantity), found in groups.items()
        for figure in FIGURES
        if figure.quantity is quantity
    )


def compute_statistic(figure: Figure, observations: Sequence[Observation]) -> float:
    """A figure over observations, at least one."""
    values, weights = (np.array([getattr(each, name) for each in observations]) for name in ("value", "weight"))
    return float(figure.statistic(values, weights))


def group_by_language(observations: Iterable[Observation]) -> Mapping[tuple[str, Quantity], tuple[Observation, ...]]:
    """Language and quantity → observations."""
    groups: dict[tuple[str, Quantity], list[Observation]] = {}
    for each in observations:
        groups.setdefault((each.language, each.quantity), []).append(each)
    return {key: tuple(found) for key, found in groups.items()}
