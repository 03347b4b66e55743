"""Costs of a line's timing: speaking rate, onset error, holes, borrowed silence, talk over another speaker.

Costs have no unit; only their ratios count. Bounds are those of the field: dubbed speech sounds natural from 0.9 to 1.2 of
its own pace, stretch up to 1.2 goes unheard, an onset error up to 0.15 s is not seen, a slot filled under 95 % is heard as a
hole (Brannon et al., "Dubbing in Practice", TACL 2023; Virkar et al., "Improvements to Prosodic Alignment", ICASSP 2021).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

NATURAL_RATES = (0.9, 1.2)  # within them a rate costs little
RATE_COST, STEEP_RATE_COST = 45.0, 900.0  # of the squared logarithm of the rate; of what lies beyond the natural rates
TOLERATED_ONSET_S = 0.15  # s of onset error that nobody sees
ONSET_COST, STEEP_ONSET_COST = 2.0, 30.0  # at that error, quadratic; a multiple of it beyond, linear
FILLED_SHARE = 0.95  # of a line's span; less is a hole
HOLE_COST = 150.0  # of the squared missing share
BORROWED_COST = 0.3  # a second of silence after the line's span
FREE_OVERRUN_S = 0.1  # s beyond a line's span that cost nothing: a picture's mouth closes about then
LONG_BORROWED_COST = 4.0  # a second beyond the silence that a line should borrow
CUT_COST = 500.0  # a second that the film's end cuts off
TALKOVER_COST = 25.0  # a second of talk over another speaker who did not speak there in the source


def compute_rate_cost(rate: ArrayLike) -> Floats:
    """Cost of a speaking rate, where 1.0 is the voice's natural pace."""
    x = np.log(np.asarray(rate, np.float64))
    slow, fast = np.log(NATURAL_RATES)
    beyond = np.maximum(0.0, slow - x) + np.maximum(0.0, x - fast)
    return RATE_COST * x**2 + STEEP_RATE_COST * beyond**2


def compute_onset_cost(error: ArrayLike) -> Floats:
    """Cost of a start that lies `error` seconds after (or before, negative) the source's."""
    ratio = np.abs(np.asarray(error, np.float64)) / TOLERATED_ONSET_S
    return ONSET_COST * np.minimum(ratio, 1.0) ** 2 + STEEP_ONSET_COST * np.maximum(0.0, ratio - 1.0)


@dataclass(frozen=True, slots=True)
class EndBounds:
    """Bounds of where a line ends, in seconds: the end of its span, of the silence that it should borrow, the start of the
    next line of another speaker, the end of the film.
    """

    span: float
    borrowable: float
    other: float
    film: float


def compute_end_cost(end: ArrayLike, bounds: EndBounds) -> Floats:
    """Cost of a line that ends at `end`: silence that it borrows, talk over another speaker, words cut off by the film's end."""
    end = np.asarray(end, np.float64)
    return (
        BORROWED_COST * np.maximum(0.0, end - bounds.span - FREE_OVERRUN_S)
        + LONG_BORROWED_COST * np.maximum(0.0, end - bounds.borrowable)
        + TALKOVER_COST * np.maximum(0.0, end - bounds.other)
        + CUT_COST * np.maximum(0.0, end - bounds.film)
    )


def compute_hole_cost(spoken: ArrayLike, seconds: float) -> Floats:
    """Cost of a source line of `seconds` during which the dub speaks for `spoken` seconds."""
    missing = np.maximum(0.0, FILLED_SHARE - np.asarray(spoken, np.float64) / seconds)
    return HOLE_COST * missing**2
