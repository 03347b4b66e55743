import json
from dataclasses import asdict, replace

import pytest

from dashboard.views.figures.report_grades import Metric, Verdict, describe_report
from pipeline.values.dub_report import LineReport, Report

LINE = LineReport(1, "es", "S1", 0.0, 2.0, 2.5, 0.0, 1.9, 1.0, 1.0, 0.0, 0.0, 0.95)
FINE = Report("es", (LINE,), -23.1, -23.0, -1.6, 0.95, 0.2, 0, 1.05, True, 0.01)


def facts(**changes: object) -> dict[str, Metric]:
    written = json.dumps(asdict(replace(FINE, **changes)))  # as the store keeps it
    return {fact.label: fact for fact in describe_report(json.loads(written))}


def test_a_fine_dub_is_good_throughout() -> None:
    assert {fact.verdict for fact in facts().values()} == {Verdict.GOOD}


@pytest.mark.parametrize(
    ("change", "label", "value", "verdict"),
    [
        ({"coverage": 0.7}, "Speech coverage", "70%", "fair"),
        ({"coverage": 0.3}, "Speech coverage", "30%", "bad"),
        ({"loudness": -22.0}, "Loudness", "-22.0 LUFS (original -23.0 LUFS)", "fair"),
        ({"loudness": -15.0}, "Loudness", "-15.0 LUFS (original -23.0 LUFS)", "bad"),
        ({"loudness": float("-inf")}, "Loudness", "silence (original -23.0 LUFS)", "bad"),
        ({"true_peak": -0.2}, "True peak", "-0.2 dBTP (max -1.5)", "bad"),
        ({"max_lateness": 1.2}, "Max start offset", "1.2 s", "fair"),
        ({"max_stretch": 1.25}, "Max time stretch", "1.25× (limit 1.25×)", "fair"),
        ({"overlaps": 1}, "Overlapping lines", "1 of 1", "bad"),
        ({"streams_kept": False}, "Original streams", "not all kept", "bad"),
        ({"duration_difference": -0.3}, "Duration", "0.30 s off source", "fair"),
        ({"round_trip_wer": 0.6}, "Round-trip word error rate", "60%", "bad"),
    ],
)
def test_what_is_not_fine_is_named_and_judged(change: dict[str, object], label: str, value: str, verdict: str) -> None:
    found = facts(**change)
    assert found[label] == (label, value, verdict)
    assert sum(fact.verdict is not Verdict.GOOD for fact in found.values()) == 1


def test_two_silences_are_equally_loud() -> None:
    assert facts(loudness=float("-inf"), original_loudness=float("-inf"))["Loudness"].verdict is Verdict.GOOD


def test_a_measure_that_was_not_taken_is_left_out() -> None:
    assert "Round-trip word error rate" not in facts()
