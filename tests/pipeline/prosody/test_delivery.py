"""Delivery of lines: what differs from a speaker's usual pitch, range and pace, and by how much it is followed."""

from pipeline.prosody.delivery import MAX_PACE, MAX_SHIFT_SEMITONES, plan_deliveries
from pipeline.prosody.measure_prosody import PitchContour, SourceProsody
from pipeline.settings import FollowedProsody
from pipeline.timing.phrase_pauses import SourcePause
from pipeline.values.inflection import Inflection
from pipeline.values.timeline import Segment, Span

USUAL = SourceProsody(2.0, (), PitchContour(120.0, 3.0, 1.0))
TEXT = "Good morning to all of you."
PAUSES = (SourcePause(0.5, 0.6),)
ALL = FollowedProsody()


def plan(*measured: SourceProsody, speaker: str | None = "S1", followed: FollowedProsody = ALL):
    """The delivery of the last of these lines, after six usual ones."""
    lines = (*[USUAL] * 6, *measured)
    segments = [Segment(n, Span(3.0 * n, 3.0 * n + 2.0), TEXT, speaker) for n in range(1, len(lines) + 1)]
    return plan_deliveries(segments, lines, followed)[len(lines)]


def test_a_usual_line_has_the_voices_own_inflection_and_pace() -> None:
    delivery = plan(USUAL)
    assert (delivery.inflection, delivery.pace, delivery.pauses) == (None, 1.0, ())


def test_a_line_said_clearly_higher_is_shifted_within_bounds() -> None:
    assert plan(SourceProsody(2.0, (), PitchContour(240.0, 3.0, 1.0))).inflection == Inflection(MAX_SHIFT_SEMITONES)
    assert plan(SourceProsody(2.0, (), PitchContour(100.0, 3.0, 1.0))).inflection == Inflection(-2.0)
    assert plan(SourceProsody(2.0, (), PitchContour(125.0, 3.0, 1.0))).inflection is None


def test_a_lively_line_has_a_wider_range_and_a_flat_one_a_narrower() -> None:
    assert plan(SourceProsody(2.0, (), PitchContour(120.0, 9.0, 1.0))).inflection == Inflection(0.0, 1.3)
    assert plan(SourceProsody(2.0, (), PitchContour(120.0, 1.0, 1.0))).inflection == Inflection(0.0, 0.8)


def test_too_little_voice_or_too_few_lines_change_nothing() -> None:
    assert plan(SourceProsody(2.0, (), PitchContour(240.0, 9.0, 0.2))).inflection is None
    assert plan(SourceProsody(2.0, (), None)).inflection is None
    assert plan(SourceProsody(2.0, (), PitchContour(240.0, 9.0, 1.0)), speaker=None).inflection is None
    few = [USUAL, SourceProsody(1.0, (), PitchContour(240.0, 9.0, 1.0))]
    segments = [Segment(n, Span(float(n), n + 1.0), TEXT, "S1") for n in (1, 2)]
    assert all(each.inflection is None and each.pace == 1.0 for each in plan_deliveries(segments, few, ALL).values())


def test_a_hasty_line_is_hasty_within_bounds() -> None:
    assert plan(SourceProsody(1.75, (), None)).pace == 1.07
    assert plan(SourceProsody(1.9, (), None)).pace == 1.0
    assert plan(SourceProsody(0.5, (), None)).pace == MAX_PACE
    assert plan(SourceProsody(9.0, (), None)).pace == 0.92
    assert plan(SourceProsody(0.0, (), None)).pace == 1.0


def test_switches_leave_the_pauses() -> None:
    expressive = SourceProsody(1.0, PAUSES, PitchContour(240.0, 9.0, 1.0))
    delivery = plan(expressive, followed=FollowedProsody(pitch=False, pace=False))
    assert (delivery.inflection, delivery.pace, delivery.pauses) == (None, 1.0, PAUSES)
    assert plan(expressive).pace == MAX_PACE
