"""Words with times from CTM files."""

from pathlib import Path

import pytest

from evaluation.ctm import read_ctm
from pipeline.errors import FilmError
from pipeline.values.timeline import Span, Word


def test_words_are_read_in_order_with_their_confidences(tmp_path: Path) -> None:
    path = tmp_path / "talk.ctm"
    path.write_text(";; a comment\ntalk 1 2.00 0.50 morning 0.9\n\ntalk 1 1.00 0.25 good\n")
    assert read_ctm(path) == (Word(Span(1.0, 1.25), "good"), Word(Span(2.0, 2.5), "morning", 0.9))


@pytest.mark.parametrize(
    "line", ["talk 1 1.0", "talk 1 one 0.5 word", "talk 1 1.0 -0.5 word", "talk 1 nan 0.5 word", "talk 1 1.0 0.5 word high"]
)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "talk.ctm"
    path.write_text(f"talk 1 0.0 0.5 fine\n{line}\n")
    with pytest.raises(FilmError, match=r"talk\.ctm, line 2"):
        read_ctm(path)
