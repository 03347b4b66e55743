"""Tests of a line's risk: monotone in every measure, its reasons in short words, and no risk where nothing is spoken."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assessment.line_risk import LineMeasures, Reason, estimate_risk, rank_lines
from pipeline.values.take_checks import Intelligibility
from pipeline.values.timeline import TextSource

shares = st.floats(0.0, 1.0)
lines = st.builds(
    LineMeasures,
    text_source=st.sampled_from([TextSource.TRANSLATION, TextSource.SUBTITLE, TextSource.EDIT]),
    confidence=st.none() | shares,
    round_trip=st.none() | st.floats(0.0, 3.0),
    intelligibility=st.none() | st.sampled_from(Intelligibility),
    rate=st.floats(0.4, 2.5),
    lateness=st.floats(-5.0, 5.0),
    untranslated=st.integers(0, 5),
    warnings=st.integers(0, 5),
)
WORSE_VERDICT = {
    Intelligibility.GOOD: Intelligibility.DOUBTFUL,
    Intelligibility.DOUBTFUL: Intelligibility.BAD,
    Intelligibility.BAD: Intelligibility.BAD,
    None: None,
}


@given(lines, shares, shares)
def test_a_worse_measure_never_lowers_the_risk(line: LineMeasures, step: float, share: float) -> None:
    worse = [
        replace(line, round_trip=(line.round_trip or 0.0) + step),
        replace(line, intelligibility=WORSE_VERDICT[line.intelligibility]),
        replace(line, rate=line.rate + step if line.rate >= 1.0 else max(0.1, line.rate - step)),
        replace(line, lateness=line.lateness + (step if line.lateness >= 0.0 else -step)),
        replace(line, untranslated=line.untranslated + 1),
        replace(line, warnings=line.warnings + 1),
    ]
    if line.confidence is not None:
        worse.append(replace(line, confidence=line.confidence * share))
    before = estimate_risk(line).risk
    assert all(estimate_risk(each).risk >= before for each in worse)
    assert 0.0 <= before <= 1.0


def test_a_line_as_it_should_be_has_no_risk_and_no_reason() -> None:
    found = estimate_risk(LineMeasures(confidence=0.95, round_trip=0.0, intelligibility=Intelligibility.GOOD))
    assert (found.risk, found.reasons, found.wrong_words) == (0.0, (), None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LineMeasures(confidence=0.5), Reason.LOW_CONFIDENCE),
        (LineMeasures(round_trip=0.6), Reason.NOT_UNDERSTOOD),
        (LineMeasures(round_trip=0.2, intelligibility=Intelligibility.BAD), Reason.NOT_UNDERSTOOD),
        (LineMeasures(untranslated=1), Reason.UNTRANSLATED_WORDS),
        (LineMeasures(TextSource.NONE), Reason.NOT_TRANSLATED),
    ],
)
def test_signs_of_wrong_words_make_a_line_probably_wrong(line: LineMeasures, reason: Reason) -> None:
    assert estimate_risk(line).wrong_words is reason


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        (LineMeasures(confidence=0.7), ("fair confidence",)),
        (LineMeasures(round_trip=0.4), ("hard to understand",)),
        (LineMeasures(round_trip=0.9, intelligibility=Intelligibility.GOOD), ("hard to understand",)),
    ],
)
def test_a_weak_sign_has_a_weaker_word_and_proves_nothing(line: LineMeasures, reasons: tuple[str, ...]) -> None:
    found = estimate_risk(line)
    assert (found.reasons, found.wrong_words) == (reasons, None)


def test_bad_timing_is_a_reason_and_says_nothing_about_the_words() -> None:
    found = estimate_risk(LineMeasures(rate=1.4, lateness=1.2, warnings=1))
    assert found.reasons == ("too fast", "late", "warning")
    assert found.wrong_words is None


def test_a_person_who_wrote_the_text_clears_the_doubt_of_recognition() -> None:
    assert estimate_risk(LineMeasures(TextSource.EDIT, confidence=0.1)).risk == 0.0


@pytest.mark.parametrize("source", [TextSource.SKIP, TextSource.ORIGINAL])
def test_a_line_that_keeps_the_original_on_purpose_has_no_risk(source: TextSource) -> None:
    assert estimate_risk(LineMeasures(source, confidence=0.0, warnings=3)).risk == 0.0


def test_lines_are_ranked_by_risk_and_then_by_number() -> None:
    assert rank_lines([(1, 0.2), (2, 0.9), (3, 0.2), (4, 0.9)]) == (2, 4, 1, 3)
