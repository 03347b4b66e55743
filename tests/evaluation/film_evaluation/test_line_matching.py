"""Matching of lines that are cut differently."""

from hypothesis import given
from hypothesis import strategies as st

from evaluation.film_evaluation.line_matching import find_passages, match_by_overlap, match_by_start
from pipeline.values.timeline import Span

spans = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=12).map(
    lambda pairs: [Span(start / 10, (start + length) / 10) for start, length in sorted(pairs)]
)


def test_a_line_of_two_begins_with_the_first_alone():
    lines = [Span(0, 2), Span(2.5, 4), Span(10, 12)]
    assert match_by_start(lines, [Span(0.1, 4.0), Span(10.9, 12)]) == {0: 0, 2: 1}
    assert match_by_start(lines, [Span(0.4, 1.0), Span(0.1, 2.0), Span(6.0, 7.0)]) == {0: 1}


def test_most_shared_time_decides():
    assert match_by_overlap([Span(0, 2), Span(2.5, 4)], [Span(1.5, 4), Span(0, 1), Span(8, 9)]) == (1, 0, None)
    assert match_by_overlap([], [Span(0, 1)]) == (None,)


def test_passages_join_what_was_merged_or_divided():
    lines = [Span(0, 2), Span(2.5, 4), Span(5, 9), Span(20, 21)]
    found = [Span(0, 4), Span(5, 7), Span(7.1, 9)]
    assert find_passages(lines, found) == (((0, 1), (0,)), ((2,), (1, 2)), ((3,), ()))


@given(spans, spans)
def test_every_line_is_in_one_passage_and_no_found_line_in_two(lines, found):
    passages = find_passages(lines, found)
    assert sorted(line for group, _ in passages for line in group) == list(range(len(lines)))
    numbers = [number for _, group in passages for number in group]
    assert len(numbers) == len(set(numbers))
