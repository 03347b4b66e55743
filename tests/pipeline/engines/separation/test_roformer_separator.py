import numpy as np
import pytest
import soundfile
from tiny_roformer import tiny_roformer

from pipeline.engines.separation.roformer_separator import AudioSeparator
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.values.media import Artifact

pytestmark = pytest.mark.models

RATE = 48_000


@pytest.fixture(scope="module")
def separator(tmp_path_factory):
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tiny_roformer(tmp_path_factory.mktemp("models") / "roformer")
    yield AudioSeparator("roformer", hub=Hub(folder.parent), device="cpu")
    torch.set_num_threads(threads)


def film(path, samples, *, channels=2):
    noise = np.random.default_rng(3).standard_normal((samples, channels))
    soundfile.write(path, 0.1 * noise, RATE, subtype="PCM_16")
    return Artifact.of(path)


def read(artifact):
    return soundfile.read(artifact.path, dtype="int16", always_2d=True)[0].astype(np.int32)


@pytest.mark.parametrize(("channels", "samples"), [(1, 1_001), (2, 3 * RATE + 17)])
def test_stems_are_as_long_as_the_film_and_add_up_to_it(separator, tmp_path, channels, samples):
    audio = film(tmp_path / "film.flac", samples, channels=channels)
    found = separator.separate(audio, workdir=str(tmp_path))
    speech, background = read(found.speech), read(found.background)
    assert speech.shape == background.shape == (samples, channels)
    assert (speech + background == read(audio)).all() and abs(speech).max() > 10


def test_the_speech_is_that_of_the_network_over_its_chunk(tmp_path):
    """Without overlap, and at the model's own rate, a film of one chunk is one call of the network."""
    import torch

    folder = tiny_roformer(tmp_path / "roformer", sources=("music", "speech", "effects"), target=None)
    separator = AudioSeparator(str(folder), device="cpu", overlap=0.0)
    wave = np.random.default_rng(4).uniform(-0.3, 0.3, (44_100, 2))
    soundfile.write(tmp_path / "film.flac", wave, 44_100, subtype="PCM_16")
    found = separator.separate(Artifact.of(tmp_path / "film.flac"), workdir=str(tmp_path))
    heard = soundfile.read(tmp_path / "film.flac", dtype="float32")[0]
    with torch.inference_mode():
        expected = separator._model.network(torch.from_numpy(heard.T[None].copy()))[0, 1].numpy().T
    length = len(expected)
    assert np.abs(read(found.speech)[:length] - np.rint(expected * 32_768)).max() <= 1


def test_a_model_that_is_not_there_or_has_no_speech_is_a_sentence(tmp_path):
    with pytest.raises(ModelMissing, match="SEPARATOR_MODEL"):
        AudioSeparator()
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelMissing, match="there are 0 files"):
        AudioSeparator("empty", hub=Hub(tmp_path))
    folder = tiny_roformer(tmp_path / "drums", sources=("drums", "bass"), target=None)
    with pytest.raises(ModelMissing, match="it separates drums, bass"):
        AudioSeparator(str(folder), device="cpu")
    (folder / "tiny_mel_band_roformer.ckpt").write_bytes(b"nothing")
    with pytest.raises(ModelMissing, match="cannot be loaded"):
        AudioSeparator(str(folder), device="cpu")


def test_options_that_make_no_sense_are_refused():
    with pytest.raises(EngineError, match="overlap"):
        AudioSeparator("roformer", overlap=1.0)
