import numpy as np
import pytest

from pipeline.audio.ducking import Ducking
from pipeline.audio.levels import compute_gain_factor
from pipeline.values.timeline import Span

RATE = 48_000


def test_ducking_is_down_within_a_span_and_ramps_around_it():
    gains = Ducking([Span(2.0, 3.0)]).compute_gains(0, 5 * RATE, RATE)
    at = {seconds: 20 * np.log10(gains[round(seconds * RATE)]) for seconds in (0.0, 1.87, 1.94, 2.0, 2.5, 2.999, 3.2, 3.41, 4.9)}
    expected = {0.0: 0, 1.87: 0, 1.94: -7.5, 2.0: -15, 2.5: -15, 2.999: -15, 3.2: -7.5, 3.41: 0, 4.9: 0}
    assert at == pytest.approx(expected, abs=0.05)


def test_ducking_is_the_same_whatever_the_blocks():
    ducking = Ducking([Span(0.0, 0.5), Span(2.0, 3.0)])
    whole = ducking.compute_gains(0, 4 * RATE, RATE)
    parts = np.concatenate([ducking.compute_gains(start, 10_000, RATE) for start in range(0, 4 * RATE, 10_000)])[: 4 * RATE]
    assert np.allclose(whole, parts)


def test_a_short_pause_between_two_sentences_stays_ducked():
    gains = Ducking([Span(1.0, 2.0), Span(2.4, 3.0), Span(0.05, 0.5)]).compute_gains(0, 4 * RATE, RATE)
    assert gains[round(1.99 * RATE) : round(2.41 * RATE)].max() == pytest.approx(compute_gain_factor(-15.0))
    assert gains[0] < 1.0, "speech at the very start is ducked from the start"


def test_without_speech_nothing_is_ducked():
    assert np.all(Ducking([]).compute_gains(0, 1000, RATE) == 1.0)
