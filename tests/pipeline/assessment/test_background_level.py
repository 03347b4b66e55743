"""The background under a dub's voice: measured through a limiter, told where it was lost, not told where nobody hears it."""

import numpy as np
import pytest

from pipeline.assessment.background_level import FramePowers, compute_background_changes, split_powers
from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ
from pipeline.values.timeline import Span

SECONDS = 2
LINE = Span(0.0, float(SECONDS))
RANDOM = np.random.default_rng(7)


def noise(dbfs: float) -> np.ndarray:
    return (10 ** (dbfs / 20) * RANDOM.standard_normal(SECONDS * FILM_SAMPLE_RATE_HZ)).astype(np.float32)


def measure(voice: np.ndarray, bed: np.ndarray, dub: np.ndarray) -> float | None:
    (change,) = compute_background_changes(FramePowers(*split_powers(dub, voice, bed)), [LINE])
    return change


@pytest.mark.parametrize("gain", [-8.0, 0.0, 5.0])
def test_the_change_is_measured_under_the_voice(gain: float) -> None:
    voice, bed = noise(-20.0), noise(-32.0)
    assert measure(voice, bed, 0.7 * voice + 10 ** (gain / 20) * bed) == pytest.approx(gain, abs=0.4)


def test_a_limiter_that_lowers_the_voice_within_a_word_changes_no_background() -> None:
    voice, bed = noise(-18.0), noise(-36.0)
    gains = np.ones(len(voice), np.float32)
    gains[: round(0.12 * FILM_SAMPLE_RATE_HZ)] = 0.5  # the first syllable, 6 dB down
    change = measure(voice, bed, gains * voice + bed)
    assert change is not None and abs(change) < 2.0


def test_a_background_that_was_lost_is_told_as_far_as_it_can_be_measured() -> None:
    voice, bed = noise(-20.0), noise(-28.0)
    change = measure(voice, bed, voice)
    assert change is not None and change < -12.0


def test_a_background_far_under_the_voice_in_both_is_not_told_and_one_that_became_audible_is() -> None:
    voice, bed = noise(-20.0), noise(-46.0)
    assert measure(voice, bed, voice + 1.5 * bed) is None
    louder = measure(voice, bed, voice + 4.0 * bed)
    assert louder == pytest.approx(12.0, abs=0.5)
