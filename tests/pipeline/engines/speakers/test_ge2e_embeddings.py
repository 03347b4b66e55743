import numpy as np
import pytest
from synthetic_speech import recording
from threadpoolctl import threadpool_limits

from pipeline.engines.speakers.ge2e_embeddings import LSTM_LAYERS, LSTM_UNITS, MEL_BANDS, PARTIAL_FRAMES, Ge2e, compute_mels
from pipeline.engines.speakers.vad_silero import find_package_folder
from pipeline.engines.torch.torch_weights import read_weights

WEIGHTS = find_package_folder("resemblyzer") / "pretrained.pt"


@pytest.fixture(scope="module")
def network():
    return Ge2e(WEIGHTS)


@pytest.fixture(autouse=True)
def one_thread():
    """BLAS's threads wait for each other by spinning, which takes minutes on a busy machine."""
    with threadpool_limits(1, "blas"):
        yield


def slowly_embedded(mels):
    """The network as the textbook writes it, in float64, one look and one gate at a time."""
    weights = {name: tensor.astype(np.float64) for name, tensor in read_weights(WEIGHTS).items()}
    sequence = mels.astype(np.float64)
    for n in range(LSTM_LAYERS):
        hidden = cell = np.zeros(LSTM_UNITS)
        states = []
        for frame in sequence:
            gates = weights[f"lstm.weight_ih_l{n}"] @ frame + weights[f"lstm.bias_ih_l{n}"]
            gates += weights[f"lstm.weight_hh_l{n}"] @ hidden + weights[f"lstm.bias_hh_l{n}"]
            i, f, g, o = gates.reshape(4, LSTM_UNITS)
            cell = cell / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
            hidden = np.tanh(cell) / (1 + np.exp(-o))
            states.append(hidden)
        sequence = np.array(states)
    raw = np.maximum(0, weights["linear.weight"] @ sequence[-1] + weights["linear.bias"])
    return raw / np.linalg.norm(raw)


def test_the_fast_network_equals_the_textbooks(network, recordings):
    mels = compute_mels(recording(recordings / "jfk.flac"))
    looks = np.stack([mels[:PARTIAL_FRAMES], mels[300 : 300 + PARTIAL_FRAMES]])
    assert np.abs(network.compute_embeddings(looks) - np.stack([slowly_embedded(look) for look in looks])).max() < 1e-5


def test_one_voice_is_nearer_to_itself_than_to_another(network, recordings):
    def voice(name):
        mels = compute_mels(recording(recordings / name))
        looks = np.stack([mels[at : at + PARTIAL_FRAMES] for at in range(0, len(mels) - PARTIAL_FRAMES, PARTIAL_FRAMES)])
        mean = network.compute_embeddings(looks).mean(axis=0)
        return mean / np.linalg.norm(mean)

    one, again, other = voice("LJ001-0001.flac"), voice("LJ001-0005.flac"), voice("jfk.flac")
    assert one @ again > 0.9
    assert one @ other < 0.6


def test_embeddings_have_length_one_and_do_not_depend_on_their_batch(network):
    looks = np.random.default_rng(0).random((5, PARTIAL_FRAMES, MEL_BANDS), np.float32) * 0.01
    together = network.compute_embeddings(looks)
    assert together.shape == (5, 256)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(together[3:4], network.compute_embeddings(looks[3:4]), atol=1e-5)


def test_mels_come_every_10_ms_and_a_tone_lies_in_its_band():
    at = np.arange(16_000) / 16_000
    mels = compute_mels((0.1 * np.sin(2 * np.pi * 1000 * at)).astype(np.float32))
    assert mels.shape == (101, MEL_BANDS)
    edges = np.linspace(0, 15 + 27 * np.log(8) / np.log(6.4), MEL_BANDS + 2)  # Slaney's mels: 1 kHz is 15
    assert abs(np.argmax(mels[50]) - (np.argmin(np.abs(edges - 15)) - 1)) <= 1


def test_quiet_speech_is_raised_and_silence_stays(recordings):
    wave = recording(recordings / "LJ001-0002.flac")
    np.testing.assert_allclose(
        compute_mels(wave * np.float32(0.01)), compute_mels(wave * np.float32(0.001)), rtol=1e-3, atol=1e-9
    )
    assert not compute_mels(np.zeros(1600, np.float32)).any()
    assert compute_mels(np.zeros(0, np.float32)).shape[1] == MEL_BANDS
