"""Confidence of a stretch of recognised speech, pooled from that of its words."""

import math
from collections.abc import Iterable

from pipeline.values.timeline import Word

MIN_PROBABILITY = 1e-4  # a word of probability 0 does not erase all the others


def pool_confidence(words: Iterable[Word]) -> float | None:
    """Geometric mean of the words' probabilities, 0..1; None where the recogniser gives none.

    It is the exponential of the mean log probability: one doubtful word weighs more than in the arithmetic mean.
    """
    known = [math.log(max(word.confidence, MIN_PROBABILITY)) for word in words if word.confidence is not None]
    return round(math.exp(sum(known) / len(known)), 4) if known else None


def join_confidences(*parts: float | None) -> float | None:
    """Confidence of several stretches that become one: the lowest; None where none is known."""
    return min((part for part in parts if part is not None), default=None)
