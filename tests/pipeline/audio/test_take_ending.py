"""Level at the end of takes: one that decays, one that breaks off, silence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audio.take_ending import measure_end_level

RATE = 16_000


def make_speech(seconds: float) -> np.ndarray:
    return (0.1 * np.sin(np.arange(round(seconds * RATE)) * 0.05)).astype(np.float32)


def test_speech_that_breaks_off_is_as_loud_at_its_end_as_before():
    assert measure_end_level(make_speech(1.0), RATE) == pytest.approx(0.0, abs=0.5)


@given(st.floats(-60.0, -3.0))
def test_the_level_of_an_ending_is_told_in_db(level):
    wave = make_speech(1.0)
    wave[-round(0.02 * RATE) :] *= 10 ** (level / 20)
    assert measure_end_level(wave, RATE) == pytest.approx(level, abs=0.6)


def test_pauses_do_not_lower_the_level_of_the_speech():
    wave = np.concatenate([make_speech(0.5), np.zeros(RATE, np.float32), make_speech(0.5)])
    assert measure_end_level(wave, RATE) == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("wave", [np.zeros(RATE, np.float32), np.zeros(0, np.float32), make_speech(0.01)])
def test_silence_and_less_than_a_frame_have_no_level(wave):
    assert measure_end_level(wave, RATE) == -np.inf
