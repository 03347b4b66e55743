"""Round trips in a dub's report: by line, and pooled over the words."""

from dataclasses import replace

from pipeline.assessment.round_trip_report import add_round_trips
from pipeline.values.dub_report import LineReport, Report
from pipeline.values.take_checks import TakeCheck

LINE = LineReport(1, "es", "S1", 0.0, 2.0, 2.5, 0.0, 1.9, 1.0, 1.0, 0.0, 0.0, 0.9)
REPORT = Report("es", (LINE, replace(LINE, number=2)), -23.0, -23.0, -1.6, 0.95, 0.1, 0, 1.0, True, 0.0)


def test_lines_get_their_own_rate_and_the_report_that_of_all_words():
    report = add_round_trips(REPORT, [TakeCheck(1, "hola", 1, 2, takes=2), TakeCheck(2, "buenos dias amigos", 0, 8)])
    assert [(line.round_trip_wer, line.heard, line.takes) for line in report.lines] == [
        (0.5, "hola", 2),
        (0.0, "buenos dias amigos", 1),
    ]
    assert report.round_trip_wer == 0.1


def test_homophones_are_counted_beside_the_spelling_where_they_are_known_of_every_line():
    known = [TakeCheck(1, "boy contigo", 1, 2, homophone_errors=0), TakeCheck(2, "buenos diaz", 2, 3, homophone_errors=1)]
    report = add_round_trips(REPORT, known)
    assert (report.round_trip_wer, report.round_trip_homophone_wer) == (0.6, 0.2)
    assert [line.round_trip_homophone_wer for line in report.lines] == [0.0, 1 / 3]
    partly = add_round_trips(REPORT, [known[0], replace(known[1], homophone_errors=None)])
    assert partly.round_trip_homophone_wer is None


def test_a_dub_whose_takes_were_not_verified_has_no_rate():
    report = add_round_trips(replace(REPORT, round_trip_wer=0.3), [])
    assert report.round_trip_wer is None
