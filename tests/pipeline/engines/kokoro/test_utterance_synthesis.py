"""Inflection of an F0 curve: shifted in semitones, its range widened around the median; unvoiced values are not bent."""

import numpy as np
import pytest

from pipeline.engines.kokoro.utterance_synthesis import bend_pitch
from pipeline.values.inflection import Inflection

CURVE = np.array([0.2, 100.0, 200.0, 400.0, -0.1], np.float32)


def test_a_shift_is_the_same_factor_everywhere() -> None:
    assert bend_pitch(CURVE, Inflection(12.0)) == pytest.approx(np.full(5, 2.0))


def test_a_range_widens_around_the_median_in_semitones() -> None:
    bent = CURVE * bend_pitch(CURVE, Inflection(0.0, 1.5))
    assert bent[2] == pytest.approx(200.0)
    assert np.log2(bent[3] / bent[2]) == pytest.approx(1.5)
    assert np.log2(bent[2] / bent[1]) == pytest.approx(1.5)
    assert bent[[0, 4]] == pytest.approx(CURVE[[0, 4]])


def test_a_curve_without_voice_is_left_alone() -> None:
    assert bend_pitch(np.zeros(4, np.float32), Inflection(0.0, 1.3)) == pytest.approx(np.ones(4))
