"""The timing plan: own pace where there is room, no overlap of one speaker, no drift, wordings, and independence of far lines."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.timing.timing_costs import compute_onset_cost, compute_rate_cost
from pipeline.timing.timing_plan import BREATH_S, LineTiming, LineToPlan, Wording, plan_lines
from pipeline.values.timeline import Span


def line(start: float, end: float, seconds: float, speaker: str = "A", **more) -> LineToPlan:
    return LineToPlan(Span(start, end), speaker, (Wording(seconds),), **more)


def plan(*lines: LineToPlan, duration: float = 100.0, kept: tuple[Span, ...] = ()) -> tuple[LineTiming, ...]:
    return plan_lines(lines, duration, kept=kept)


def test_costs_are_least_at_the_natural_pace_and_in_time() -> None:
    assert compute_rate_cost(1.0) == compute_onset_cost(0.0) == 0.0
    rates = [float(compute_rate_cost(rate)) for rate in (1.0, 1.1, 1.2, 1.3, 1.5)]
    assert rates == sorted(rates) and rates[4] > 10 * rates[2]
    assert compute_rate_cost(0.8) > 4 * compute_rate_cost(0.9)
    assert compute_onset_cost(-0.3) == compute_onset_cost(0.3) > 10 * compute_onset_cost(0.15)


def test_a_line_that_fits_speaks_at_its_own_pace_and_in_time() -> None:
    (found,) = plan(line(1.0, 3.0, 2.0))
    assert (found.start, found.rate, found.seconds) == (1.0, 1.0, 2.0)


def test_a_long_line_borrows_silence_before_it_is_rushed() -> None:
    (found,) = plan(line(1.0, 3.0, 2.6))
    assert found.rate <= 1.1 and found.end > 3.2 and abs(found.start - 1.0) <= 0.15


def test_a_long_line_hurries_where_somebody_else_speaks() -> None:
    found, other = plan(line(1.0, 3.0, 2.5), line(3.1, 5.0, 1.9, "B"))
    assert 1.1 < found.rate <= 1.25 and found.end <= other.start + 0.1


def test_a_short_line_is_slowed_no_further_than_sounds_well() -> None:
    (found,) = plan(line(1.0, 4.0, 1.5))
    assert 0.85 <= found.rate < 1.0


def test_the_next_line_of_a_speaker_waits_and_two_speakers_may_overlap_as_in_the_source() -> None:
    first, second, other = plan(line(1.0, 2.0, 3.0), line(2.0, 3.0, 1.0), line(1.5, 2.5, 1.0, "B"))
    assert second.start >= first.end
    assert other.start == pytest.approx(1.5, abs=0.15), "an interruption stays one"


def test_nothing_runs_into_a_span_that_keeps_the_original_or_over_the_end_of_the_film() -> None:
    (found,) = plan(line(1.0, 3.0, 2.6), kept=(Span(3.1, 6.0),))
    assert found.end <= 3.12
    (found,) = plan(line(1.0, 3.0, 3.6), duration=3.2)
    assert found.end <= 3.2 + 1e-6


def test_a_shorter_wording_is_taken_where_it_spares_a_rush_and_not_otherwise() -> None:
    wordings = (Wording(2.9), Wording(2.1, cost=0.6))
    crowded = LineToPlan(Span(1.0, 3.0), "A", wordings), line(3.1, 5.0, 1.9, "B")
    assert plan(*crowded)[0].wording == 1
    fitting = LineToPlan(Span(1.0, 3.0), "A", (Wording(2.0), Wording(1.9, cost=0.6)))
    assert plan(fitting)[0].wording == 0


def test_pauses_are_not_spoken_faster() -> None:
    (found,) = plan(LineToPlan(Span(0.0, 3.0), "A", (Wording(2.0, pauses_s=1.0),), rates=(1.25,)))
    assert found.seconds == pytest.approx(2.0 / 1.25 + 1.0)


def test_a_rate_that_is_fixed_is_kept() -> None:
    first, second = plan(line(1.0, 3.0, 2.0, rates=(1.3,)), line(4.0, 6.0, 2.0))
    assert (first.rate, second.rate) == (1.3, 1.0)


def film(count: int, seed: int) -> list[LineToPlan]:
    """Lines of five speakers whose translations are 5 % too long on average, and vary."""
    rng, at, lines = random.Random(seed), 1.0, []
    for _ in range(count):
        seconds = min(9.0, max(0.5, rng.lognormvariate(0.8, 0.55)))
        lines.append(line(at, at + seconds, seconds * min(1.7, max(0.6, rng.lognormvariate(0.05, 0.18))), rng.choice("ABCDE")))
        at += seconds + (rng.uniform(0.05, 0.3) if rng.random() < 0.4 else 0.2 + rng.expovariate(1.0))
    return lines


def test_no_drift_over_a_long_film() -> None:
    lines = film(1500, 7)
    errors = [abs(timing.start - each.span.start) for each, timing in zip(lines, plan(*lines, duration=1e5), strict=True)]
    for part in (errors[:200], errors[-200:]):
        assert sorted(part)[190] <= 0.12, "the 95th percentile"
        assert max(part) < 1.0


def test_nearly_all_lines_sound_natural() -> None:
    rates = [timing.rate for timing in plan(*film(800, 8), duration=1e5)]
    assert min(rates) >= 0.85
    assert sum(0.85 <= rate <= 1.25 for rate in rates) >= 0.97 * len(rates)


def test_part_of_a_film_has_the_plan_of_the_whole() -> None:
    lines = film(60, 9)
    shift = lines[-1].span.end + 5.0
    later = [
        LineToPlan(Span(each.span.start + shift, each.span.end + shift), each.speaker, each.wordings) for each in film(60, 10)
    ]
    alone, together = plan(*lines, duration=1e4), plan(*lines, *later, duration=1e4)
    assert together[:60] == alone


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.floats(0.2, 5.0), st.floats(-0.5, 3.0), st.sampled_from(["A", "B", None]), st.floats(0.1, 8.0)),
        min_size=1,
        max_size=20,
    )
)
def test_no_speaker_overlaps_itself_whatever_the_lines(shapes) -> None:
    lines, at = [], 0.0
    for seconds, pause, speaker, natural in shapes:
        lines.append(LineToPlan(Span(at, at + seconds), speaker, (Wording(natural),)))
        at = max(at + 0.01, at + seconds + pause)
    free: dict[str | None, float] = {}
    for each, timing in sorted(zip(lines, plan(*lines, duration=at + 10), strict=True), key=lambda pair: pair[0].span):
        assert timing.start >= free.get(each.speaker, 0.0) - 1e-6
        assert timing.start >= 0.0 and timing.seconds == pytest.approx(each.wordings[0].speech_s / timing.rate)
        free[each.speaker] = timing.end


def test_the_order_of_the_lines_does_not_matter() -> None:
    lines = film(40, 11)
    forward, backward = plan(*lines), plan(*lines[::-1])
    assert forward == backward[::-1]


def test_another_speaker_gets_a_breath() -> None:
    first, _ = plan(line(1.0, 3.0, 2.35), line(3.3, 5.0, 1.6, "B"))
    assert first.end <= 3.3 - BREATH_S + 0.05


@pytest.mark.parametrize("make", [lambda: Wording(0.0), lambda: Wording(1.0, -0.1), lambda: LineToPlan(Span(0, 1), None, ())])
def test_nonsense_is_refused(make) -> None:
    with pytest.raises(ValueError, match="a wording|a line"):
        make()


def test_a_film_without_lines_has_an_empty_plan() -> None:
    assert plan() == ()
