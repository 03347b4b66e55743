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
    with torch.inference_mode():
        expected = separator._model.network(torch.from_numpy(heard.T[None].copy()))[0, 2].numpy().T
    assert np.abs(read(found.background_stems.effects)[:length] - np.rint(expected * 32_768)).max() <= 1


@pytest.mark.parametrize("names", [("speech", "music", "sfx"), ("Effects", "Dialog", "Music"), ("music", "fx", "dialogue")])
@pytest.mark.parametrize(("channels", "samples"), [(1, 1_001), (2, 2 * RATE + 17)])
def test_a_model_of_speech_music_and_effects_gives_three_stems_that_add_up_to_the_film(tmp_path, names, channels, samples):
    """Resampled from the film's 48 kHz to the model's 44.1 kHz and back. Each output is a known share of the film."""
    shares = {"speech": 0.5, "music": 0.9, "effects": 0.2}  # the music's own output is not used
    roles = {"dialog": "speech", "dialogue": "speech", "sfx": "effects", "fx": "effects"}
    share = tuple(shares[roles.get(name.lower(), name.lower())] for name in names)
    separator = AudioSeparator(str(tiny_roformer(tmp_path / "dnr", sources=names, target=None, share=share)), device="cpu")
    assert separator.separates_effects and separator.fingerprint.endswith(" stems=1 effects")
    audio = smooth_film(tmp_path / "film.flac", samples, channels=channels)
    found = separator.separate(audio, workdir=str(tmp_path))
    parts = [read(stem) for stem in (found.speech, found.background_stems.music, found.background_stems.effects)]
    speech, music, effects = parts
    assert all(part.shape == (samples, channels) for part in parts)
    assert (music + effects == read(found.background)).all() and (speech + music + effects == read(audio)).all()
    whole = read(audio).astype(float)
    levels = [np.vdot(part, whole) / np.vdot(whole, whole) for part in parts]
    assert levels == pytest.approx([0.5, 0.3, 0.2], abs=0.001)


def smooth_film(path, samples, *, channels):
    """Tones that survive resampling, of another pitch in each channel."""
    at = np.arange(samples)[:, None] / RATE
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * at * (440 + 110 * np.arange(channels))), RATE, subtype="PCM_16")
    return Artifact.of(path)


@pytest.mark.parametrize(
    "names",
    [("vocals", "other"), ("vocals", "drums", "bass", "other"), ("speech", "sfx"), ("speech", "music", "sfx", "ambience")],
)
def test_sources_that_are_not_music_and_effects_alone_stay_together_in_the_background(tmp_path, names, caplog):
    with caplog.at_level("INFO"):
        separator = AudioSeparator(str(tiny_roformer(tmp_path / "model", sources=names, target=None)), device="cpu")
    assert f"{', '.join(names)}: all but {names[0]} is the background, in one stem" in caplog.text
    assert not separator.separates_effects and separator.fingerprint.endswith(" stems=1")
    audio = film(tmp_path / "film.flac", 9_001)
    found = separator.separate(audio, workdir=str(tmp_path))
    assert found.background_stems is None and (read(found.speech) + read(found.background) == read(audio)).all()
    assert not list(tmp_path.glob("effects*"))


def test_a_model_with_more_names_than_outputs_is_a_sentence(tmp_path):
    folder = tiny_roformer(tmp_path / "dnr", sources=("speech", "music", "effects"), target=None)
    configuration = folder / "tiny_mel_band_roformer.yaml"
    configuration.write_text(configuration.read_text().replace("- effects\n", "- effects\n  - ambience\n"))
    with pytest.raises(ModelMissing, match="it has 3 outputs, named speech, music, effects, ambience"):
        AudioSeparator(str(folder), device="cpu")


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


def test_a_full_memory_halves_the_batch_and_the_stems_stay(tmp_path):
    import torch

    folder = tiny_roformer(tmp_path / "dnr", sources=("speech", "music", "sfx"), target=None, share=(0.5, 0.3, 0.2))
    full, batches = AudioSeparator(str(folder), device="cpu", batch=4), []

    def no_room(_network, inputs):
        batches.append(len(inputs[0]))
        if len(inputs[0]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    full._model.network.register_forward_pre_hook(no_room)
    audio = smooth_film(tmp_path / "film.flac", 6 * RATE, channels=2)
    halved = read(full.separate(audio, workdir=str(tmp_path)).speech)
    assert batches[:2] == [4, 2] and max(batches[1:]) == 2
    single = AudioSeparator(str(folder), device="cpu").separate(audio, workdir=str(tmp_path))
    assert np.abs(halved - read(single.speech)).max() <= 1


def test_options_that_make_no_sense_are_refused():
    with pytest.raises(EngineError, match="overlap"):
        AudioSeparator("roformer", overlap=1.0)
