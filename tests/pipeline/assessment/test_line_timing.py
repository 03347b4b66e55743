from dataclasses import replace

import pytest

from pipeline.assessment.line_timing import (
    compute_hole,
    measure_speaker_overlaps,
    measure_syllable_rate,
    summarize_pace,
    summarize_timing,
)
from pipeline.values.dub_report import LineReport

LINE = LineReport(1, "es", "A", 0.0, 2.0, 2.5, 0.0, 2.0, 1.0, 1.0, 0.0, 0.0, 1.0, speech_overlap=0.9, fill=1.0)


def lines(**changes):
    """A hundred lines, of which the last ten differ."""
    return [replace(LINE, number=n, **(changes if n > 90 else {})) for n in range(1, 101)]


def test_percentiles_of_the_onset_error_count_early_lines_too():
    timing = summarize_timing(lines(lateness=-0.31))
    assert (timing.onset_error_p50, timing.onset_error_p95, timing.late_share) == (0.0, pytest.approx(0.31), 0.1)
    assert summarize_timing(lines(lateness=0.3)).late_share == 0.0


def test_holes_are_lines_filled_under_95_percent():
    timing = summarize_timing(lines(fill=0.75))
    assert (timing.holes, timing.hole_seconds, timing.fill) == (10, pytest.approx(5.0), pytest.approx(0.975))
    assert summarize_timing(lines(fill=0.95)).holes == 0
    assert compute_hole(replace(LINE, fill=None)) == 0.0


def test_a_line_that_runs_over_fills_no_other_lines_hole():
    assert summarize_timing([replace(LINE, fill=2.0), replace(LINE, fill=0.5)]).fill == pytest.approx(0.75)


def test_the_effective_rate_is_rate_times_stretch():
    pace = summarize_pace(lines(rate=1.1, stretch=1.2))
    assert (pace.rate_p50, pace.rate_p95) == (1.0, pytest.approx(1.32))


def test_syllables_a_second_are_averaged_over_time():
    few = replace(LINE, seconds=1.0, syllables_per_second=2.0)
    many = replace(LINE, seconds=3.0, syllables_per_second=6.0)
    assert summarize_pace([few, many, LINE]).syllables_per_second == pytest.approx(5.0)
    assert summarize_pace([LINE]).syllables_per_second is None


def test_numbers_count_as_they_are_said():
    assert measure_syllable_rate("21", "es", 1.0) == pytest.approx(4.0, abs=1.0)  # veintiuno
    assert measure_syllable_rate("مرحبا", "ar", 1.0) is None


def test_overlaps_within_a_speaker_are_found_over_other_lines(place):
    placements = (place(1, 0.0, 5.0), place(2, 1.0, 2.0), place(3, 1.5, 1.8, speaker="B"), place(4, 4.5, 6.0), place(5, 6.0, 7.0))
    assert measure_speaker_overlaps(placements) == pytest.approx({1: 1.5, 2: 1.0, 3: 0.0, 4: 0.5, 5: 0.0}, abs=1e-4)
