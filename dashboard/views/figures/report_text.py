"""A dub's report in words: what was measured, and whether that is good. Light to import."""

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from dashboard.views import formatting


class Verdict(StrEnum):
    """Whether a measure is as it should be."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


class Measure(NamedTuple):
    """One measure: what it is called, what it is, and what to think of it."""

    label: str
    value: str
    verdict: Verdict


def describe_report(report: Mapping[str, Any]) -> tuple[Measure, ...]:
    """The measures of a dub as a whole. `report`: a `pipeline.stages.assess.Report` as JSON, as it is stored and answered."""
    lines, overlaps, kept = len(report["lines"]), report["overlaps"], report["streams_kept"]
    length = abs(report["duration_difference"])
    facts = [
        Measure(
            "Speech that is dubbed", f"{report['coverage']:.0%} of the film's", _judge_lower_bound(report["coverage"], 0.85, 0.6)
        ),
        _measure_loudness(report["loudness"], report["original_loudness"]),
        Measure(
            "True peak",
            f"{_format_level(report['true_peak'], 'dBTP')}; at most -1.5",
            _judge_upper_bound(report["true_peak"], -1.45, -1.0),
        ),
        Measure(
            "Farthest from its moment",
            formatting.format_duration(report["max_lateness"]),
            _judge_upper_bound(report["max_lateness"], 0.5, 1.5),
        ),
        Measure(
            "Hardest stretch",
            f"{report['max_stretch']:.2f}×; at most 1.25×",
            _judge_upper_bound(report["max_stretch"], 1.1, 1.2505),
        ),
        Measure("Lines that overlap their speaker's own", f"{overlaps or 'none'} of {lines}", _judge_upper_bound(overlaps, 0, 0)),
        Measure("The film's own streams", "all kept" if kept else "not all kept", Verdict.GOOD if kept else Verdict.BAD),
        Measure(
            "Length", "as the film's" if length < 0.05 else f"{length:.2f} s off the film's", _judge_upper_bound(length, 0.1, 0.5)
        ),
    ]
    if (errors := report.get("round_trip_wer")) is not None:
        facts.append(Measure("Words lost when heard and translated back", f"{errors:.0%}", _judge_upper_bound(errors, 0.25, 0.5)))
    return tuple(facts)


def _measure_loudness(dub: float, film: float) -> Measure:
    """EBU R128 allows half a unit around the target, one where a programme is live."""
    value = f"{_format_level(dub, 'LUFS')}; the film's own sound: {_format_level(film, 'LUFS')}"
    off = 0.0 if dub == film else abs(dub - film)  # two silences are alike, though their difference is no number
    return Measure("Loudness", value, _judge_upper_bound(off, 0.55, 1.05))


def _format_level(decibels: float, unit: str) -> str:
    return f"{decibels:.1f} {unit}" if math.isfinite(decibels) else "silence"


def _judge_upper_bound(value: float, good: float, fair: float) -> Verdict:
    """A verdict on a measure that should be small."""
    return Verdict.GOOD if value <= good else Verdict.FAIR if value <= fair else Verdict.BAD


def _judge_lower_bound(value: float, good: float, fair: float) -> Verdict:
    """A verdict on a measure that should be large."""
    return _judge_upper_bound(-value, -good, -fair)
