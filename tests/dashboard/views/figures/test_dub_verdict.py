"""Tests of the verdict on a dub: a bad one looks bad, and no red measure is averaged away."""

import json
from itertools import zip_longest
from typing import Any

import pytest

from dashboard.views.figures.dub_verdict import judge_dub, list_worst_lines
from dashboard.views.figures.report_grades import describe_report
from dashboard.views.figures.verdicts import Verdict
from tests.support.dub_reports import make_lines, make_report

WRONG = {"round_trip_wer": 0.9, "intelligibility": "bad", "heard": "otra cosa"}
UNSURE = {"confidence": 0.3}


def build(*changes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A report of 40 good lines with the first ones changed."""
    report = json.loads(json.dumps(make_report(make_lines(45)))) | {"is_recognized": True, "notes": []}
    lines = [line for line in report["lines"] if line["number"] % 13][:40]
    good = {"lateness": 0.0, "rate": 1.0, "stretch": 1.0, "round_trip_wer": 0.0, "confidence": 0.93, "intelligibility": "good"}
    changed = [line | good | change for line, change in zip_longest(lines, changes, fillvalue={})]
    return report | {"lines": changed, "timing": None, "pace": None, "voices": None} | fields


def grades(report: dict[str, Any]) -> dict[str, tuple[str, Verdict]]:
    return {each.label: (each.value, each.verdict) for each in describe_report(report)}


def test_wrong_words_make_a_bad_dub_in_one_sentence() -> None:
    found = judge_dub(build(*[WRONG] * 7, *[UNSURE] * 5))
    assert found.verdict is Verdict.BAD
    count = len(build()["lines"])
    assert found.sentence.startswith(
        f"12 of {count} lines are probably wrong: 7 not understood when heard again, 5 recognised with low confidence"
    )


def test_a_good_dub_is_good() -> None:
    report = build()
    assert judge_dub(report).verdict is Verdict.GOOD
    assert judge_dub(report).sentence == "No line looks wrong by its words."
    assert grades(report)["Recognition confidence"] == ("0.93", Verdict.GOOD)


def test_a_few_doubtful_lines_are_to_be_checked() -> None:
    assert judge_dub(build({"confidence": 0.5})).verdict is Verdict.FAIR


def test_no_average_hides_the_lines_that_are_not_understood() -> None:
    found = grades(build(*[WRONG] * 7, round_trip_wer=0.04))
    assert found["Round-trip word error rate"] == ("4%, 7 lines not understood", Verdict.BAD)


def test_a_bad_measure_makes_a_bad_dub_though_its_words_are_right() -> None:
    found = judge_dub(build(coverage=0.4))
    assert (found.verdict, found.sentence) == (Verdict.BAD, "No line looks wrong by its words; bad measures: speech coverage.")


def test_left_out_lines_stand_in_the_coverage() -> None:
    left_out = [{"number": 99, "start": 0.0, "end": 9.0, "text": "Hm", "text_source": "original"}]
    report = build(left_out=left_out, coverage=0.8)
    total = len(report["lines"]) + 1
    assert grades(report)["Speech coverage"] == (f"80%, 1 of {total} lines left out", Verdict.FAIR)


@pytest.mark.parametrize(("is_recognized", "value"), [(False, "none: from subtitles"), (True, "not given")])
def test_a_dub_without_recognition_confidence_says_so_instead_of_a_grade(is_recognized: bool, value: str) -> None:
    report = build(is_recognized=is_recognized)
    for line in report["lines"]:
        line["confidence"] = None
    assert grades(report)["Recognition confidence"] == (value, Verdict.UNGRADED)


def test_an_older_report_has_no_grade_of_what_it_did_not_measure() -> None:
    report = build(is_recognized=None)
    for line in report["lines"]:
        line |= {"confidence": None, "round_trip_wer": None, "intelligibility": ""}
    assert "Recognition confidence" not in grades(report)
    assert judge_dub(report).sentence == "The words of this dub were not checked."
    assert judge_dub(report).verdict is Verdict.UNGRADED


def test_the_worst_lines_come_first_with_their_reasons() -> None:
    report = build(UNSURE, WRONG | UNSURE, {"rate": 1.3})
    numbers = [line["number"] for line in report["lines"][:3]]
    worst = list_worst_lines(report)
    assert [number for number, _ in worst] == [numbers[1], numbers[0], numbers[2]]
    assert worst[0][1].reasons == ("not understood", "low confidence")
