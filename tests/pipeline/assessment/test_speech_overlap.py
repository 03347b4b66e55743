import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assessment.speech_overlap import clip_spans, compute_overlap, measure_early_end, measure_line_overlap
from pipeline.values.timeline import Span, merge_spans

spans = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 20)), max_size=12).map(
    lambda pairs: merge_spans([Span(start / 10, (start + length) / 10) for start, length in pairs])
)


@pytest.mark.parametrize(
    ("dub", "overlap"),
    [(Span(0, 4), 1.0), (Span(1, 4), 0.75), (Span(2, 6), 2 / 6), (Span(5, 6), 0.0), (Span(0, 8), 0.5)],
)
def test_overlap_is_time_of_both_over_time_of_either(dub, overlap):
    assert compute_overlap((Span(0, 4),), (dub,)) == pytest.approx(overlap)


@given(spans, spans)
def test_overlap_is_that_of_tenths_of_seconds(first, second):
    def tenths(of):
        return {n for span in of for n in range(round(span.start * 10), round(span.end * 10))}

    both, either = tenths(first) & tenths(second), tenths(first) | tenths(second)
    assert compute_overlap(first, second) == pytest.approx(len(both) / len(either) if either else 0.0)
    assert compute_overlap(first, second) == pytest.approx(compute_overlap(second, first))


@given(spans, st.integers(0, 150), st.integers(1, 50))
def test_clipped_spans_lie_inside_and_lose_nothing(every, start, length):
    window = Span(start / 10, (start + length) / 10)
    clipped = clip_spans(every, window)
    assert all(window.start <= span.start and span.end <= window.end for span in clipped)
    assert sum(span.duration for span in clipped) == pytest.approx(sum(span.overlap(window) for span in every))


def test_pauses_of_both_are_no_speech():
    pause = (Span(0, 1), Span(2, 3))
    assert measure_line_overlap(Span(0, 3), Span(0, 3), pause, pause) == 1.0
    assert measure_line_overlap(Span(0, 3), Span(0, 3), pause, (Span(0, 3),)) == pytest.approx(2 / 3)


def test_a_whispered_source_counts_whole_and_a_silent_take_not_at_all():
    assert measure_line_overlap(Span(0, 3), Span(0, 3), (), (Span(0, 3),)) == 1.0
    assert measure_line_overlap(Span(0, 3), Span(0, 3), (), ()) == 0.0
    assert measure_line_overlap(Span(0, 0.4), Span(0, 0.4), (), ()) == 1.0  # too short for a detector


def test_an_early_end_is_the_speech_of_the_source_after_it_in_which_the_dub_is_silent():
    speech = (Span(0, 1.5), Span(2.0, 2.8))
    assert measure_early_end(Span(0, 4), Span(0, 1.0), speech, (Span(0, 1.0),)) == pytest.approx(1.3)
    assert measure_early_end(Span(0, 4), Span(0, 1.0), speech, (Span(0, 1.0), Span(2.5, 4.0))) == pytest.approx(1.0)
    assert measure_early_end(Span(0, 4), Span(0, 3.0), speech, ()) == 0.0  # the source is silent there
    assert measure_early_end(Span(0, 2), Span(0, 2.5), speech, ()) == 0.0
