import numpy as np
import pytest

from pipeline.audio.levels import measure_speech_level

RATE = 48_000


def test_the_level_of_speech_does_not_depend_on_its_pauses_nor_its_rate():
    tone = 0.1 * np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE)
    spoken = measure_speech_level(tone.astype(np.float32), RATE)
    paused = measure_speech_level(np.concatenate([tone, np.zeros(RATE * 3)]).astype(np.float32), RATE)
    slower = measure_speech_level((0.1 * np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000)).astype(np.float32), 16_000)
    assert spoken == pytest.approx(-23.0, abs=0.7)
    assert paused == pytest.approx(spoken, abs=0.3)
    assert slower == pytest.approx(spoken, abs=0.3)


def test_silence_has_no_level():
    assert measure_speech_level(np.zeros(RATE, np.float32), RATE) == -np.inf
    assert measure_speech_level(np.zeros(3, np.float32), RATE) == -np.inf
