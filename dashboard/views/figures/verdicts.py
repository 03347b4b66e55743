"""Verdicts on quality metrics: good, fair or bad by two bounds, or no grade where nothing was measured."""

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """Verdict on a metric, the mildest first."""

    UNGRADED = "not graded"
    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


class Metric(NamedTuple):
    """A quality metric: label, formatted value, verdict; `meaning`: its definition in a sentence."""

    label: str
    value: str
    verdict: Verdict
    meaning: str = ""


def judge_upper_bound(value: float, good: float, fair: float) -> Verdict:
    """Verdict on a metric that should be small."""
    return Verdict.GOOD if value <= good else Verdict.FAIR if value <= fair else Verdict.BAD


def judge_lower_bound(value: float, good: float, fair: float) -> Verdict:
    """Verdict on a metric that should be large."""
    return judge_upper_bound(-value, -good, -fair)


def find_worst(*verdicts: Verdict) -> Verdict:
    """The worst of several verdicts: a bad one is never averaged away."""
    return max(verdicts, key=list(Verdict).index)
