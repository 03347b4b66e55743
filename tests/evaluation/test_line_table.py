"""Lines as a table: what is known of each, joined by time, against values computed by hand."""

from dataclasses import replace

import pytest

from evaluation.line_table import build_line_table, compute_confidence
from evaluation.metrics import WordErrors
from pipeline.values.tasks import LineRow

ROW = LineRow(1, "es", "S1", 1.0, 3.0, 3.5, "good morning", "buenos días", "translation", 1.5, 1.8, 1.1, 1.05, "1.wav")
WORDS = [
    {"start_s": 1.0, "end_s": 1.5, "confidence": 0.9},
    {"start_s": 2.0, "end_s": 2.5, "confidence": 0.4},
    {"start_s": 2.9, "end_s": 3.3, "confidence": 0.1},  # its middle lies behind the line
]


def test_a_line_has_the_words_whose_middle_lies_in_it() -> None:
    (line,) = build_line_table(7, [ROW], [WordErrors(2, 1)], WORDS)
    assert line.confidence == pytest.approx(0.6)  # √(.9 · .4)
    assert (line.task, line.seconds, line.words, line.characters_per_second) == (7, 2.0, 2, pytest.approx(5.5))
    assert (line.onset_error, line.error_rate, line.speaker, line.rate) == (0.5, 0.5, "S1", 1.1)


def test_lines_that_are_not_spoken_or_have_no_words_are_left_out() -> None:
    silent, wordless = replace(ROW, dub_seconds=0.0), replace(ROW, text="…")
    assert build_line_table(7, [silent, wordless], [WordErrors(2), WordErrors(0)]) == ()


def test_confidence_is_unknown_where_no_word_has_one() -> None:
    assert compute_confidence([]) is None and compute_confidence([None, None]) is None
    assert compute_confidence([None, 0.5]) == pytest.approx(0.5) and compute_confidence([0.0]) == pytest.approx(1e-6)
