"""Levels of takes: a whisper and a shout follow their source within bounds, or all lines are alike."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio.line_levels import MAX_LINE_LEVEL_DB, MIN_LINE_LEVEL_DB, compute_line_gains
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Line, Placement, Segment, Slot, Span

LEVELS_DB = (0.0, -25.0, 0.0, 15.0, -6.0)  # of the source's lines, two seconds each


@pytest.fixture
def film(tmp_path: Path) -> tuple[tuple[Placement, ...], Artifact]:
    """Placements of takes of one level, and the film's speech."""
    noise = np.random.default_rng(1).normal(0.0, 0.02, 2 * SPEECH_RATE_HZ)
    soundfile.write(tmp_path / "take.flac", noise, SPEECH_RATE_HZ)
    soundfile.write(tmp_path / "speech.wav", np.concatenate([noise * 10 ** (level / 20) for level in LEVELS_DB]), SPEECH_RATE_HZ)
    take = Artifact.of(tmp_path / "take.flac")
    spans = [Span(2.0 * n, 2.0 * n + 2.0) for n in range(len(LEVELS_DB))]
    placements = tuple(
        Placement(Line(Segment(n, span, "a", None), "a", "es"), Slot(span, span.end), take, span.start, 2.0, 1.0, 1.0)
        for n, span in enumerate(spans, 1)
    )
    return placements, Artifact.of(tmp_path / "speech.wav")


def test_a_whisper_and_a_shout_follow_their_source_within_bounds(film: tuple[tuple[Placement, ...], Artifact]) -> None:
    decibels = 20 * np.log10(compute_line_gains(*film))
    assert decibels == pytest.approx([0.0, MIN_LINE_LEVEL_DB, 0.0, MAX_LINE_LEVEL_DB, -6.0], abs=0.3)


def test_without_following_all_lines_have_the_median_level(film: tuple[tuple[Placement, ...], Artifact]) -> None:
    assert 20 * np.log10(compute_line_gains(*film, follow=False)) == pytest.approx(np.zeros(5), abs=0.3)
