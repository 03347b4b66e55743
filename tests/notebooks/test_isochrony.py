"""The planning of notebook 03."""

from dataclasses import replace

import pytest
from isochrony import (
    Policy,
    apply_plan,
    assign_narrator,
    build_segments,
    build_takes,
    compute_natural_seconds,
    list_dubbed_lines,
    measure_outcome,
    plan_lines,
)

from pipeline.values.tasks import LineRow


def row(number: int, start: float, end: float, seconds: float, *, rate: float = 1.0, stretch: float = 1.0) -> LineRow:
    return LineRow(
        number=number,
        language="es",
        speaker="S1",
        start=start,
        end=end,
        latest_end=end + 0.5,
        source_text="said",
        text="dicho",
        text_source="translation",
        dub_start=start,
        dub_seconds=seconds,
        rate=rate,
        stretch=stretch,
        audio="",
    )


LONG, SHORT = row(1, 0.0, 2.0, 2.0, rate=1.2, stretch=1.25), row(2, 2.5, 4.0, 1.0)


def test_the_natural_pace_is_what_rate_and_stretch_took_away():
    assert compute_natural_seconds(LONG) == pytest.approx(3.0)
    assert [take.seconds for take in build_takes([LONG, SHORT])] == [2.5, 1.0]
    assert [(take.seconds, take.rate) for take in build_takes([LONG, SHORT], pace=1.0)] == [(3.0, 1.0), (1.0, 1.0)]


def test_without_a_policy_the_plan_is_that_of_the_service():
    first, second = plan_lines([LONG, SHORT], 10.0)
    assert first.seconds == pytest.approx(2.5 / first.stretch) and first.start <= 0.15
    assert (second.start, second.stretch) == (pytest.approx(2.5, abs=0.15), 1.0)
    planned = apply_plan([LONG, SHORT], [first, second])
    again = plan_lines(planned, 10.0)
    assert [each.start for each in again] == [first.start, second.start], "what was planned is planned again"


def test_who_may_not_stretch_is_late_instead():
    gentle = measure_outcome(plan_lines([LONG, SHORT], 10.0, Policy(stretch=1.0), pace=1.0))
    rushed = measure_outcome(plan_lines([LONG, SHORT], 10.0, Policy(stretch=1.5), pace=1.0))
    assert (gentle.mean_stretch, gentle.max_lateness) == (1.0, pytest.approx(0.5))
    assert (rushed.max_lateness, rushed.overrun) == (0.0, 0.0) and rushed.mean_stretch == pytest.approx(1.25)
    assert gentle.overrun > 0.0


def test_a_slower_voice_takes_longer_and_a_narrator_waits_for_themselves():
    assert [take.seconds for take in build_takes([SHORT], pace=0.5)] == [2.0]
    other = replace(SHORT, start=2.0, end=3.0, speaker="S2")
    assert measure_outcome(plan_lines([LONG, other], 10.0, Policy(stretch=1.0), pace=1.0)).max_lateness == 0.0
    assert measure_outcome(
        plan_lines(assign_narrator([LONG, other]), 10.0, Policy(stretch=1.0), pace=1.0)
    ).max_lateness == pytest.approx(1.0)


def test_a_plan_is_shown_as_if_it_had_been_dubbed():
    changed, _ = apply_plan([LONG, SHORT], plan_lines([LONG, SHORT], 10.0, Policy(stretch=1.5), pace=1.0))
    assert (changed.dub_seconds, changed.rate, changed.stretch) == (2.0, 1.0, 1.5)
    assert (changed.number, changed.text) == (LONG.number, LONG.text)


def test_lines_without_a_take_are_left_out():
    assert list_dubbed_lines([LONG, row(3, 5.0, 6.0, 0.0)]) == (LONG,)
    assert [segment.text for segment in build_segments([LONG])] == ["said"]
    with pytest.raises(ValueError, match="without lines"):
        measure_outcome(())
