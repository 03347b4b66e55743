from dataclasses import replace

import pytest

from pipeline.assessment.report_warnings import rank_notes
from pipeline.values.dub_report import LineReport, Report, Timing
from pipeline.values.notes import Note, Severity, merge_notes

LINE = LineReport(
    1, "es", "A", 0.0, 2.0, 2.5, 0.0, 2.0, 1.0, 1.0, 0.0, 0.0, 1.0,
    speech_overlap=0.9, fill=1.0, voice_similarity=0.9, nearest_voice_similarity=0.6, background_change=0.5, round_trip_wer=0.0,
)  # fmt: skip
GOOD = Report(
    "es", (LINE, replace(LINE, number=2)), -23.0, -23.0, -1.6, 0.95, 0.1, 0, 1.0, True, 0.0, 0.05,
    timing=Timing(0.8, 0.8, 0.0, 0.1, 0.0, 0.97, 0, 0.0),
)  # fmt: skip
FLAWS = {
    "low confidence": {"confidence": 0.4},
    "same speaker": {"overlap": 0.4},
    "Starts more than 0.3 s": {"lateness": -0.4},
    "Rushed": {"rate": 1.1, "stretch": 1.2},
    "Drawn out": {"rate": 0.8},
    "another voice": {"nearest_voice_similarity": 0.95},
    "Ends early": {"fill": 0.7, "speaks_on": 0.4},
    "Background": {"background_change": -6.0},
    "1 word was not translated: lotada": {"untranslated": ("lotada",)},
}


def test_a_good_dub_has_no_warning():
    assert rank_notes(GOOD) == ()


def test_words_that_were_surely_recognised_or_rewritten_are_not_doubted():
    lines = replace(LINE, confidence=0.8), replace(LINE, number=2, confidence=0.2, text_source="edit")
    assert rank_notes(replace(GOOD, lines=lines)) == ()


@pytest.mark.parametrize(("said", "changes"), FLAWS.items(), ids=FLAWS)
def test_a_flawed_line_is_told_by_its_number(said, changes):
    (warning,) = rank_notes(replace(GOOD, lines=(LINE, replace(LINE, number=2, **changes))))
    assert said in warning.text and warning.lines == (2,) and warning.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("track 2", {"streams_kept": False, "losses": ("track 2 is missing",)}),
        ("longer", {"duration_difference": 1.2}),
        ("misunderstands 30%", {"round_trip_wer": 0.3}),
        ("0.50", {"timing": replace(GOOD.timing, overlap=0.5)}),
        ("3.0 LU louder", {"loudness": -20.0}),
        ("0.5 dBTP", {"true_peak": 0.5}),
    ],
)
def test_a_flaw_of_the_whole_dub_is_told(said, changes):
    (warning,) = rank_notes(replace(GOOD, **changes))
    assert said in warning.text and not warning.lines


def test_an_end_before_a_silent_rest_of_the_source_is_no_warning():
    assert rank_notes(replace(GOOD, lines=(replace(LINE, fill=0.6, speaks_on=0.25),))) == ()


def test_the_most_harmful_comes_first():
    lines = (replace(LINE, speaks_on=0.5, rate=1.5, overlap=1.0),)
    texts = [warning.text for warning in rank_notes(replace(GOOD, lines=lines, streams_kept=False, loudness=-20.0))]
    order = [
        next(n for n, text in enumerate(texts) if said in text)
        for said in ("Not everything", "same speaker", "Rushed", "early", "LU")
    ]
    assert order == sorted(order) == list(range(5))


def test_missing_words_come_before_bad_timing_and_after_lost_streams():
    missing = Note("Not translated", Severity.WARNING, (3,))
    report = replace(GOOD, lines=(replace(LINE, speaks_on=0.5),), streams_kept=False)
    texts = [note.text for note in merge_notes(rank_notes(report, [Note("Spoken by another", lines=(4,)), missing]))]
    assert [text.split()[0] for text in texts] == ["Not", "Not", "Ends", "Spoken"] and texts[1] == "Not translated"


def test_a_report_without_the_newer_measures_is_read():
    old = Report(
        "es", (LineReport(1, "es", None, 0.0, 2.0, 2.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.5),), -23, -23, -2, 0.5, 0, 0, 1, True, 0
    )
    assert rank_notes(old) == ()


def test_words_that_were_not_translated_are_listed_once_with_all_their_lines():
    lines = [replace(LINE, number=n, untranslated=("lotada", f"palavra{'x' * n}")) for n in range(1, 13)]
    (warning,) = rank_notes(replace(GOOD, lines=(*lines, replace(LINE, number=13))))
    assert warning.text.startswith("13 words were not translated: lotada, palavrax, ") and warning.text.endswith(" and 3 more")
    assert warning.lines == tuple(range(1, 13))


def test_one_late_line_of_many_is_no_warning():
    late = replace(LINE, number=40, lateness=0.5)
    assert rank_notes(replace(GOOD, lines=(*[replace(LINE, number=n) for n in range(1, 40)], late))) == ()
