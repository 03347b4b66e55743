"""Lines that are added, deleted and moved, of values alone."""

from pipeline.editing.line_structure import (
    arrange_lines,
    describe_impossible_times,
    list_new_spans,
    make_added_lines,
    subtract_spans,
)
from pipeline.values.edits import AddedLine, Edit
from pipeline.values.notes import Severity
from pipeline.values.timeline import Line, Segment, Span

LINES = tuple(Line(Segment(n, Span(4.0 * n, 4.0 * n + 3.0), f"said {n}", "S1"), f"dicho {n}", "es") for n in (1, 2, 3))


def test_lines_come_in_the_order_of_their_spans_and_keep_their_numbers() -> None:
    edits = {1: Edit("es", 1, start=20.0, end=22.0), 2: Edit("es", 2, deleted=True)}
    arranged = arrange_lines(LINES, edits)
    assert [(line.number, line.span) for line in arranged] == [(3, Span(12.0, 15.0)), (1, Span(20.0, 22.0))]
    assert list_new_spans(arranged, LINES) == (Span(20.0, 22.0),)
    assert arrange_lines(LINES, {}) == LINES


def test_times_that_became_impossible_stay_as_they_were_found_and_are_a_warning() -> None:
    edits = {1: Edit("es", 1, start=7.0), 2: Edit("es", 2, end=8.0, deleted=True), 3: Edit("es", 3, start=12.5)}
    assert [line.span.start for line in arrange_lines(LINES, edits)] == [4.0, 12.5]
    (note,) = describe_impossible_times(LINES, edits)
    assert (
        note.severity is Severity.WARNING and note.lines == (1,) and "set start and end of the line again (line 1)" in str(note)
    )
    assert describe_impossible_times(LINES, {3: edits[3]}) == ()


def test_an_added_line_is_of_its_dub_or_of_all_that_are_translated() -> None:
    added = (AddedLine("", 4, 1.0, 2.0, "S1", "hm"), AddedLine("ca", 5, 2.0, 3.0, None))
    numbers = {
        (tag, subtitled): [line.number for line in make_added_lines(added, tag, subtitled=subtitled)]
        for tag in ("es", "ca")
        for subtitled in (False, True)
    }
    assert numbers == {("es", False): [4], ("es", True): [], ("ca", False): [4, 5], ("ca", True): [5]}


def test_speech_without_words_is_left_to_the_original_but_where_a_line_was_added() -> None:
    unrecognized = (Span(1.0, 5.0), Span(8.0, 9.0))
    assert subtract_spans(unrecognized, [Span(2.0, 3.0), Span(8.05, 12.0)]) == (Span(1.0, 2.0), Span(3.0, 5.0))
    assert subtract_spans(unrecognized, []) == unrecognized
