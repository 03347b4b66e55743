import json
from dataclasses import asdict, replace

import pytest

from dashboard.views.figures.report_grades import describe_cost, describe_report
from dashboard.views.figures.verdicts import Metric, Verdict
from pipeline.assessment.processing_cost import ProcessingCost
from pipeline.values.dub_report import LineReport, Pace, Report, Timing, VoiceMatch

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
        ({"round_trip_homophone_wer": 0.3}, "Round trip, homophones equal", "30%", "fair"),
    ],
)
def test_what_is_not_fine_is_named_and_judged(change: dict[str, object], label: str, value: str, verdict: str) -> None:
    found = facts(**change)
    assert found[label][:3] == (label, value, verdict)
    assert sum(fact.verdict is not Verdict.GOOD for fact in found.values()) == 1


def test_two_silences_are_equally_loud() -> None:
    assert facts(loudness=float("-inf"), original_loudness=float("-inf"))["Loudness"].verdict is Verdict.GOOD


def test_a_measure_that_was_not_taken_is_left_out() -> None:
    assert "Round-trip word error rate" not in facts()


MEASURED = replace(
    FINE,
    timing=Timing(0.72, 0.75, 0.02, 0.12, 0.0, 0.97, 0, 0.0),
    pace=Pace(0.95, 1.0, 1.15, 5.2, 4.8),
    voices=VoiceMatch(12, 0.88, 0.6),
    background_change=-0.6,
)


@pytest.mark.parametrize(
    ("change", "label", "value", "verdict"),
    [
        ({}, "Speech overlap", "0.72 (human dubs 0.66)", "good"),
        ({"timing": replace(MEASURED.timing, overlap=0.4)}, "Speech overlap", "0.40 (human dubs 0.66)", "bad"),
        ({"timing": replace(MEASURED.timing, onset_error_p95=0.5)}, "Onset error", "0.02 s, p95 0.50 s", "fair"),
        ({"timing": replace(MEASURED.timing, late_share=0.5)}, "Over 0.3 s off", "50% of lines", "bad"),
        ({"timing": replace(MEASURED.timing, fill=0.9)}, "Fill", "90%", "fair"),
        ({"timing": replace(MEASURED.timing, holes=1, hole_seconds=0.4)}, "Holes", "1 of 1, 0.4 s", "bad"),
        ({"timing": replace(MEASURED.timing, holes=1, hole_seconds=0.04)}, "Holes", "1 of 1, 0.0 s", "good"),
        ({"pace": replace(MEASURED.pace, rate_p5=0.7)}, "Speech rate", "1.00× (0.70 to 1.15)", "bad"),
        ({"pace": replace(MEASURED.pace, rate_p95=1.22)}, "Speech rate", "1.00× (0.95 to 1.22)", "fair"),
        ({}, "Syllables", "5.2/s (source 4.8/s)", "good"),
        ({"voices": VoiceMatch(3, 0.6, 0.8)}, "Voice similarity", "0.60 (nearest other 0.80)", "bad"),
        ({"background_change": 5.0}, "Background", "+5.0 dB", "bad"),
    ],
)
def test_measures_of_timing_pace_voices_and_background_are_judged(change, label, value, verdict) -> None:
    written = json.loads(json.dumps(asdict(replace(MEASURED, **change))))
    found = {metric.label: metric for metric in describe_report(written)}
    assert found[label][:3] == (label, value, verdict) and found[label].meaning


def test_the_cost_of_a_dub_from_the_cache_is_no_figure() -> None:
    assert describe_cost(ProcessingCost(0.5, 0.1, 0.0, 0, 40)).value == "reused from the cache"
    assert describe_cost(ProcessingCost(1800.0, None, None, 10, 0)).value == "30 min elapsed per hour of film"
    partly = describe_cost(ProcessingCost(1800.0, 2400.4, 310.0, 10, 30))
    assert (
        partly.value == "2,400 CPU-s, 310 GPU-s, 30 min elapsed per hour of film"
        and "30 of 40 answers came from the cache" in partly.meaning
    )
    assert describe_cost(None) is None
