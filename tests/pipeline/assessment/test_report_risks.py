"""Tests of the risks in a report: a good and a bad dub told apart, left-out lines counted, older reports read."""

from dataclasses import replace
from typing import Any

from pipeline.assessment.line_risk import Reason
from pipeline.assessment.report_risks import estimate_risks, find_word_errors
from pipeline.assessment.report_warnings import rank_notes
from pipeline.values.dub_report import LineReport, Report

REPORTED = LineReport(1, "es", "A", 0.0, 2.0, 2.5, 0.0, 2.0, 1.0, 1.0, 0.0, 0.0, 1.0)
DUB = Report("es", (REPORTED,), -23.0, -23.0, -1.6, 0.95, 0.1, 0, 1.0, True, 0.0)


def line(number: int, **measures: Any) -> dict[str, Any]:
    return {"number": number, "rate": 1.0, "stretch": 1.0, "lateness": 0.0} | measures


def report(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"lines": list(lines), "notes": []} | fields


GOOD = report(*(line(n, confidence=0.92, round_trip_wer=0.0, intelligibility="good") for n in range(1, 41)))


def test_a_good_dub_has_no_line_that_is_probably_wrong() -> None:
    found = find_word_errors(GOOD)
    assert (found.lines, found.wrong, found.is_severe, found.is_checked) == (40, {}, False, True)


def test_wrong_lines_are_counted_under_their_likeliest_reason() -> None:
    bad = [line(n, confidence=0.9, round_trip_wer=0.9, intelligibility="bad") for n in range(1, 8)]
    bad += [line(n, confidence=0.3, round_trip_wer=0.0, intelligibility="good") for n in range(8, 13)]
    found = find_word_errors(report(*bad, *GOOD["lines"][12:]))
    assert found.count_reasons() == {Reason.NOT_UNDERSTOOD: 7, Reason.LOW_CONFIDENCE: 5}
    assert (len(found.wrong), found.lines, found.is_severe) == (12, 40, True)


def test_a_line_without_a_translation_counts_among_the_lines_and_is_wrong() -> None:
    left_out = [{"number": 41, "start": 1.0, "end": 2.0, "text": "…", "text_source": "none"}]
    found = find_word_errors(report(*GOOD["lines"], left_out=left_out))
    assert (found.lines, found.wrong, found.is_severe) == (41, {41: Reason.NOT_TRANSLATED}, True)


def test_homophones_are_no_errors_and_a_warning_on_a_line_is_a_reason() -> None:
    notes = [{"text": "Cut off", "severity": "warning", "lines": [1]}, {"text": "Fine", "severity": "info", "lines": [1]}]
    found = estimate_risks(report(line(1, round_trip_wer=0.9, round_trip_homophone_wer=0.0), notes=notes))
    assert found[1].reasons == ("warning",)


def test_what_a_measure_tells_is_counted_once_though_a_warning_says_it_too() -> None:
    measures = {"confidence": 0.4, "rate": 1.4, "untranslated": ["lotada"]}
    (silent,) = estimate_risks(report(line(1, **measures))).values()
    flawed = replace(REPORTED, confidence=0.4, rate=1.4, untranslated=("lotada",))
    warnings = rank_notes(replace(DUB, lines=(flawed,)))
    notes = [{"text": note.text, "severity": str(note.severity), "lines": list(note.lines)} for note in warnings]
    assert len([note for note in notes if note["lines"]]) == 3
    (told,) = estimate_risks(report(line(1, **measures), notes=notes)).values()
    assert told == silent
    assert set(told.reasons) == {"low confidence", "too fast", "words not translated"}


def test_an_older_report_is_read_and_says_that_nothing_was_checked() -> None:
    found = find_word_errors({"lines": [{"number": 1, "covered": 1.0}, {"covered": 0.5}]})
    assert (found.lines, found.wrong, found.is_checked) == (1, {}, False)
