"""Errors of word times, against values computed by hand."""

import pytest

from evaluation.engine_evaluation.word_times import match_words, measure_word_times
from pipeline.values.timeline import Span, Word


def word(text: str, start: float, end: float) -> Word:
    return Word(Span(start, end), text)


KNOWN = (word("good", 1.0, 1.4), word("old", 2.0, 2.3), word("morning", 3.0, 3.6), word("all", 4.0, 4.2))


def test_the_same_words_are_matched_whatever_is_between_them() -> None:
    found = (
        word("Good,", 1.1, 1.4),
        word("cold", 2.0, 2.3),
        word("Morning.", 2.8, 3.5),
        word("to", 3.7, 3.9),
        word("all!", 4.3, 4.4),
    )
    assert [(ours.text, theirs.text) for ours, theirs in match_words(KNOWN, found)] == [
        ("good", "Good,"), ("morning", "Morning."), ("all", "all!"),
    ]  # fmt: skip
    errors = measure_word_times(KNOWN, found)
    assert (errors.words, errors.matched) == (4, 3)
    assert errors.start_median == pytest.approx(0.2) and errors.end_median == pytest.approx(
        0.1
    )  # starts .1 -.2 .3, ends 0 -.1 .2
    assert errors.start_bias == pytest.approx(0.2 / 3) and errors.start_p95 == pytest.approx(0.29)


def test_no_word_in_common_is_no_measure() -> None:
    for known, found in (((), KNOWN), (KNOWN, ()), (KNOWN, (word("else", 1.0, 2.0),))):
        with pytest.raises(ValueError, match=r"without words|no word"):
            measure_word_times(known, found)
