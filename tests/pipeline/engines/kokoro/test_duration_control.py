"""Frames for a wished length, and sound cut to it."""

import numpy as np
import pytest

from pipeline.engines.kokoro.duration_control import (
    ENERGY_STEP_S,
    MAX_ADJUSTMENT_S,
    SPEECH_END_ENERGY,
    SPEECH_END_LEAD_S,
    SPEECH_START_DELAY_S,
    SPEECH_START_ENERGY,
    find_edges,
    fit_length,
    plan_frames,
    spread_frames,
    trim_silence,
)
from pipeline.engines.kokoro.kokoro_model import FRAME_SAMPLES, SAMPLE_RATE_HZ

NATURAL = np.array([9.2, 2.4, 1.7, 3.1, 0.9, 5.6, 2.2, 12.3, 1.1], np.float32)


@pytest.mark.parametrize("inner", [7, 12, 23, 28, 35, 56])
def test_frames_add_up_and_leave_the_ends_alone(inner: int) -> None:
    frames = spread_frames(NATURAL, inner)
    assert frames[1:-1].sum() == inner
    assert (frames[0], frames[-1]) == (9.0, 1.0)
    assert frames.min() >= 1.0 and np.array_equal(frames, np.round(frames))


def test_no_token_is_lost_however_little_time_there_is() -> None:
    assert spread_frames(NATURAL, 1)[1:-1].tolist() == [1.0] * 7


def silent_ends(frames: np.ndarray) -> np.ndarray:
    """A curve of energy: silence for 8 frames at the beginning and 2 at the end."""
    energy = np.full(2 * round(frames.sum()), 5.0, np.float32)
    energy[:16] = energy[-4:] = -9.0
    return energy


@pytest.mark.parametrize("seconds", [0.5, 0.7, 1.0, 1.6])
def test_the_plan_for_a_length_is_within_half_a_frame(seconds: float) -> None:
    plan = plan_frames(NATURAL, silent_ends, seconds)
    assert abs(plan.seconds - seconds) <= FRAME_SAMPLES / SAMPLE_RATE_HZ / 2 + 1e-6


def test_the_natural_plan_is_the_models_own_durations() -> None:
    plan = plan_frames(NATURAL, silent_ends, None)
    assert plan.frames[1:-1].sum() == round(float(NATURAL[1:-1].sum()))


def test_edges_are_where_the_curve_crosses_its_thresholds() -> None:
    energy = np.array(
        [-9.0, SPEECH_START_ENERGY - 1.0, SPEECH_START_ENERGY + 1.0, 6.0, SPEECH_END_ENERGY + 1.0, SPEECH_END_ENERGY - 1.0, -9.0],
        np.float32,
    )
    start, end = find_edges(energy)
    assert start == pytest.approx(2.0 * ENERGY_STEP_S + SPEECH_START_DELAY_S) and end == pytest.approx(
        5.0 * ENERGY_STEP_S - SPEECH_END_LEAD_S
    )
    assert find_edges(np.full(8, -9.0, np.float32)) == (0.0, 8 * ENERGY_STEP_S)


def tone(before: float, seconds: float, after: float) -> np.ndarray:
    wave = np.sin(np.arange(round(seconds * SAMPLE_RATE_HZ)) * 0.1).astype(np.float32)
    return np.pad(wave, (round(before * SAMPLE_RATE_HZ), round(after * SAMPLE_RATE_HZ)))


def test_silence_at_both_ends_is_trimmed() -> None:
    assert len(trim_silence(tone(0.2, 0.5, 0.3))) / SAMPLE_RATE_HZ == pytest.approx(0.51, abs=0.002)
    assert not trim_silence(np.zeros(1_000, np.float32)).size


@pytest.mark.parametrize(
    ("wished", "got"),
    [(0.5, 0.5), (0.485, 0.485), (0.53, 0.53), (0.4, 0.5 - MAX_ADJUSTMENT_S), (0.9, 0.5 + 2 * MAX_ADJUSTMENT_S)],
)
def test_a_length_is_met_as_far_as_nobody_hears_it(wished: float, got: float) -> None:
    assert len(fit_length(tone(0.0, 0.5, 0.0), wished)) / SAMPLE_RATE_HZ == pytest.approx(got, abs=1 / SAMPLE_RATE_HZ)
