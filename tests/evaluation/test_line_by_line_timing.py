"""Line-by-line timing: stretching, borrowing, and never two lines of one speaker at once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timed_lines import lines_of, overlaps, segment, takes_of

from evaluation.line_by_line_timing import compute_stretch, place_line_by_line, press_lines
from pipeline.stages.plan_timing import MAX_STRETCH, compute_slots
from pipeline.timing.timing_plan import LineToPlan, Wording
from pipeline.values.timeline import Span


def test_a_take_that_fits_is_left_as_it_is() -> None:
    segments = [segment(1, 1, 3)]
    (placed,) = place_line_by_line(lines_of(*segments), takes_of(1.9), compute_slots(segments, 60.0))
    assert (placed.start, placed.seconds, placed.stretch, placed.lateness) == (1.0, 1.9, 1.0, 0.0)


def test_stretching_comes_before_borrowing_and_stops_at_its_limit() -> None:
    assert compute_stretch(2.2, own=2.0, room=3.0) == pytest.approx(1.1)
    assert compute_stretch(4.0, own=2.0, room=3.0) == MAX_STRETCH
    assert compute_stretch(2.03, own=2.0, room=3.0) == 1.0  # nobody hears 30 ms


def test_a_line_too_long_for_everything_delays_its_own_speaker_only() -> None:
    segments = [segment(1, 1, 2), segment(2, 2, 3), segment(3, 2, 3, "S2")]
    placed = place_line_by_line(lines_of(*segments), takes_of(1.5, 0.9, 0.9), compute_slots(segments, 60.0))
    assert placed[1].start == pytest.approx(1 + 1.5 / MAX_STRETCH)
    assert placed[2].start == 2.0


@given(
    st.lists(
        st.tuples(st.floats(0.3, 4.0), st.floats(0.0, 2.0), st.sampled_from("ABC"), st.floats(0.2, 1.04)), min_size=1, max_size=30
    )
)
def test_no_speaker_ever_overlaps_itself_and_nothing_drifts(shapes: list[tuple[float, float, str, float]]) -> None:
    """Takes of up to 1.04 times their span (what rate control leaves): late by no more than what runs over."""
    segments, at = [], 0.0
    for number, (seconds, pause, speaker, _) in enumerate(shapes, 1):
        segments.append(segment(number, at, at + seconds, speaker))
        at += seconds + pause
    takes = takes_of(*(seconds * min(share, 1 + 0.05 / seconds) for seconds, _, _, share in shapes))
    placed = place_line_by_line(lines_of(*segments), takes, compute_slots(segments, at + 1))
    assert overlaps(placed) == ()
    assert all(0.0 <= each.lateness <= 0.05 * len(shapes) + 1e-6 for each in placed)
    assert all(each.stretch <= MAX_STRETCH for each in placed)


def test_overlaps_are_found_where_there_are_some() -> None:
    segments = [segment(1, 1, 2), segment(2, 3, 4)]
    placed = place_line_by_line(lines_of(*segments), takes_of(0.5, 0.5), compute_slots(segments, 60.0))
    assert overlaps((placed[0], replace(placed[1], start=1.2)))


def test_other_limits_can_be_tried_without_changing_ours() -> None:
    segments = (segment(1, 0.0, 2.0), segment(2, 6.0, 7.0, "S2"))
    takes = takes_of(3.0, 1.0)
    (placed, last) = place_line_by_line(lines_of(*segments), takes, compute_slots(segments, 10.0), most=1.5, borrow=0.5)
    assert (placed.slot.latest_end, last.slot.latest_end) == (2.5, 7.5)
    assert placed.stretch == 1.5 and compute_stretch(3.0, 2.0, 2.5, most=1.1) == 1.1
    assert compute_stretch(3.0, 0.0, 2.5, most=1.1) == 1.1, "also where a line has no time of its own left"


def test_a_line_is_pressed_into_its_span_as_far_as_a_voice_goes() -> None:
    spans = Span(1.0, 2.0), Span(2.0, 3.0)
    lines = [LineToPlan(spans[0], "A", (Wording(2.0),)), LineToPlan(spans[1], "A", (Wording(0.5),))]
    first, second = press_lines(lines)
    assert (first.rate, first.seconds) == (1.6, pytest.approx(1.25))
    assert (second.start, second.rate) == (pytest.approx(2.25), 0.8)
