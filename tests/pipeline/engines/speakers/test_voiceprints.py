import numpy as np
import pytest
from synthetic_speech import RATE, written

from pipeline.engines.speakers import voiceprints as module
from pipeline.engines.speakers.ge2e_embeddings import MEL_BANDS
from pipeline.engines.speakers.voiceprints import compute_voiceprints
from pipeline.values.timeline import Span


class Listener:
    """A network that hears only how loud a look is."""

    def __init__(self):
        self.batches = []

    def compute_embeddings(self, looks):
        self.batches.append(looks.shape)
        return np.repeat(looks.mean(axis=(1, 2))[:, None], 256, axis=1)


@pytest.fixture
def audio(tmp_path):
    """Ten seconds of noise, louder by the second."""
    noise = np.random.default_rng(0).standard_normal(10 * RATE).astype(np.float32)
    return written(noise * np.repeat(np.linspace(0.05, 0.2, 10, dtype=np.float32), RATE), tmp_path / "noise.wav")


def test_looks_cover_each_region_and_stay_inside(audio):
    regions = (Span(0.5, 3.2), Span(4.0, 9.0))
    prints = compute_voiceprints(Listener(), audio.path, regions, length=160, step=40)
    for number, region in enumerate(regions):
        middles = prints.middles[prints.regions == number]
        assert middles[0] == pytest.approx(region.start + 0.8, abs=0.011)
        assert middles[-1] == pytest.approx(region.end - 0.8, abs=0.011)
        assert np.diff(middles).max() <= 0.41
        assert prints.seconds[prints.regions == number].sum() == pytest.approx(region.duration)
    assert (np.diff(prints.middles) > 0).all()


def test_a_region_shorter_than_a_look_gives_one_full_look(audio):
    network = Listener()
    prints = compute_voiceprints(network, audio.path, (Span(1.0, 1.4),), length=160, step=40)
    assert network.batches == [(1, 160, MEL_BANDS)]
    assert prints.middles[0] == pytest.approx(1.2, abs=0.01)


def test_embeddings_stay_in_order_over_batches(audio, monkeypatch):
    regions = (Span(0.0, 9.9),)
    whole = compute_voiceprints(Listener(), audio.path, regions, length=80, step=10)
    monkeypatch.setattr(module, "BATCH_WINDOWS", 7)
    network = Listener()
    parts = compute_voiceprints(network, audio.path, regions, length=80, step=10)
    assert len(network.batches) > 3
    np.testing.assert_array_equal(whole.embeddings, parts.embeddings)
    assert np.corrcoef(whole.embeddings[:, 0], whole.middles)[0, 1] > 0.9
