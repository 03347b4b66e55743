"""Grades of a dub's quality metrics in its report: values in words, good, fair or bad by thresholds. Imports no Bokeh."""

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from dashboard.views import formatting


class Verdict(StrEnum):
    """Verdict on a metric."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


class Metric(NamedTuple):
    """A quality metric: label, formatted value, verdict."""

    label: str
    value: str
    verdict: Verdict


def describe_report(report: Mapping[str, Any]) -> tuple[Metric, ...]:
    """Quality metrics of a whole dub. `report`: a `pipeline.values.dub_report.Report` as JSON, as it is stored and answered."""
    lines, overlaps, kept = len(report["lines"]), report["overlaps"], report["streams_kept"]
    difference, offset, stretch = abs(report["duration_difference"]), report["max_lateness"], report["max_stretch"]
    peak = report["true_peak"]
    metrics = [
        Metric("Speech coverage", f"{report['coverage']:.0%}", _judge_lower_bound(report["coverage"], 0.85, 0.6)),
        _measure_loudness(report["loudness"], report["original_loudness"]),
        Metric("True peak", f"{_format_level(peak, 'dBTP')} (max -1.5)", _judge_upper_bound(peak, -1.45, -1.0)),
        Metric("Max start offset", formatting.format_duration(offset), _judge_upper_bound(offset, 0.5, 1.5)),
        Metric("Max time stretch", f"{stretch:.2f}× (limit 1.25×)", _judge_upper_bound(stretch, 1.1, 1.2505)),
        Metric("Overlapping lines", f"{overlaps} of {lines}", _judge_upper_bound(overlaps, 0, 0)),
        Metric("Original streams", "all kept" if kept else "not all kept", Verdict.GOOD if kept else Verdict.BAD),
        Metric(
            "Duration",
            "same as source" if difference < 0.05 else f"{difference:.2f} s off source",
            _judge_upper_bound(difference, 0.1, 0.5),
        ),
    ]
    if (errors := report.get("round_trip_wer")) is not None:
        metrics.append(Metric("Round-trip word error rate", f"{errors:.0%}", _judge_upper_bound(errors, 0.25, 0.5)))
    return tuple(metrics)


def _measure_loudness(dub: float, original: float) -> Metric:
    """Integrated loudness against the original's; EBU R128 allows 0.5 LU around the target, 1 LU for live programmes."""
    value = f"{_format_level(dub, 'LUFS')} (original {_format_level(original, 'LUFS')})"
    off = 0.0 if dub == original else abs(dub - original)  # two silences are alike, though their difference is no number
    return Metric("Loudness", value, _judge_upper_bound(off, 0.55, 1.05))


def _format_level(decibels: float, unit: str) -> str:
    return f"{decibels:.1f} {unit}" if math.isfinite(decibels) else "silence"


def _judge_upper_bound(value: float, good: float, fair: float) -> Verdict:
    """Verdict on a metric that should be small."""
    return Verdict.GOOD if value <= good else Verdict.FAIR if value <= fair else Verdict.BAD


def _judge_lower_bound(value: float, good: float, fair: float) -> Verdict:
    """Verdict on a metric that should be large."""
    return _judge_upper_bound(-value, -good, -fair)
