"""fit: slots, stretching, borrowing, and never two lines of one speaker at once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timed_lines import lines_of, overlaps, segment, takes_of

from pipeline.stages.plan_timing import MAX_STRETCH, compute_slots, place_lines
from pipeline.timing.timing_plan import BREATH_S, MAX_BORROWED_S
from pipeline.values.timeline import Span


def test_a_line_may_borrow_the_silence_before_whoever_speaks_next() -> None:
    first, second = compute_slots([segment(1, 1, 2), segment(2, 3, 4, "S2")], 60.0)
    assert first.latest_end == pytest.approx(3 - BREATH_S)
    assert second.latest_end == pytest.approx(4 + MAX_BORROWED_S)


def test_nobody_borrows_beyond_the_end_of_the_film() -> None:
    (only,) = compute_slots([segment(1, 1, 2)], 2.5)
    assert 2.0 <= only.latest_end <= 2.5


def test_a_line_that_is_interrupted_keeps_its_own_span() -> None:
    first, _ = compute_slots([segment(1, 1, 3), segment(2, 2, 4, "S2")], 60.0)
    assert first.latest_end >= 3.0


def test_a_take_that_fits_is_left_as_it_is() -> None:
    segments = [segment(1, 1, 3)]
    (placed,) = place_lines(lines_of(*segments), takes_of(1.95), compute_slots(segments, 60.0), duration=60.0)
    assert (placed.start, placed.seconds, placed.stretch, placed.lateness) == (1.0, 1.95, 1.0, 0.0)


def test_a_take_too_long_is_stretched_where_somebody_else_speaks_and_borrows_where_nobody_does() -> None:
    crowded = [segment(1, 1, 3), segment(2, 3.1, 5, "S2")]
    placed, _ = place_lines(lines_of(*crowded), takes_of(2.4, 1.9), compute_slots(crowded, 60.0), duration=60.0)
    assert placed.stretch > 1.1
    alone = crowded[:1]
    (placed,) = place_lines(lines_of(*alone), takes_of(2.4), compute_slots(alone, 60.0), duration=60.0)
    assert placed.stretch <= 1.05 and placed.span.end > 3.2


def test_a_line_too_long_for_everything_delays_its_own_speaker_only() -> None:
    segments = [segment(1, 1, 2), segment(2, 2, 3), segment(3, 2, 3, "S2")]
    placed = place_lines(lines_of(*segments), takes_of(2.5, 0.9, 0.9), compute_slots(segments, 60.0), duration=60.0)
    assert placed[0].stretch == MAX_STRETCH
    assert placed[1].start >= placed[0].span.end
    assert placed[2].start == pytest.approx(2.0, abs=0.15)


def test_nothing_is_said_into_the_original_where_a_line_keeps_it() -> None:
    segments, kept = [segment(1, 1, 3)], (Span(3.2, 6.0),)
    free, bound = (
        place_lines(lines_of(*segments), takes_of(2.8), compute_slots(segments, 60.0), duration=60.0, kept=spans)[0]
        for spans in ((), kept)
    )
    assert bound.span.end < free.span.end and bound.stretch > free.stretch


@given(
    st.lists(
        st.tuples(st.floats(0.3, 4.0), st.floats(-0.3, 2.0), st.sampled_from("ABC"), st.floats(0.3, 2.0)), min_size=1, max_size=25
    )
)
def test_no_speaker_ever_overlaps_itself(shapes: list[tuple[float, float, str, float]]) -> None:
    segments, at = [], 0.5
    for number, (seconds, pause, speaker, _) in enumerate(shapes, 1):
        at = max(at, max((each.span.end for each in segments if each.speaker == speaker), default=0.0))
        segments.append(segment(number, at, at + seconds, speaker))
        at = max(0.0, at + seconds + pause)
    takes = takes_of(*(seconds * share for seconds, _, _, share in shapes))
    placed = place_lines(lines_of(*segments), takes, compute_slots(segments, at + 20), duration=at + 20)
    assert overlaps(placed) == ()
    assert all(1.0 <= each.stretch <= MAX_STRETCH for each in placed)
    assert all(each.seconds == pytest.approx(take.seconds / each.stretch) for each, take in zip(placed, takes, strict=True))


def test_overlaps_are_found_where_there_are_some() -> None:
    segments = [segment(1, 1, 2), segment(2, 3, 4)]
    placed = place_lines(lines_of(*segments), takes_of(0.5, 0.5), compute_slots(segments, 60.0), duration=60.0)
    assert overlaps((placed[0], replace(placed[1], start=1.2)))
