from importlib.util import find_spec

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(find_spec("resemblyzer") is None, reason="resemblyzer is not installed: ./dubarr setup")


def buzz(pitch: float, seconds: float) -> np.ndarray:
    """Harmonics of a pitch, 16 kHz."""
    times = np.arange(round(seconds * 16_000)) / 16_000
    return (0.1 * sum(np.sin(2 * np.pi * pitch * n * times) / n for n in range(1, 20))).astype(np.float32)


def test_takes_of_any_length_have_one_embedding_each_and_pitches_differ():
    from pipeline.engines.speakers.voice_embedder import Ge2eVoiceEmbedder

    embedder = Ge2eVoiceEmbedder()
    waves = [buzz(110.0, 1.7), buzz(110.0, 4.0), buzz(230.0, 1.7), buzz(230.0, 0.5)]
    found = embedder.embed(iter(waves))  # (4, 256)
    assert found.shape == (4, 256) and np.linalg.norm(found, axis=1) == pytest.approx(np.ones(4), abs=1e-4)
    likeness = found @ found.T
    assert likeness[0, 1] > likeness[0, 2] and likeness[2, 3] > likeness[1, 3]
    assert embedder.embed([]).shape == (0, 256)
