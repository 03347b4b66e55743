import subprocess
import sys

import numpy as np
import pytest
import soundfile
import soxr
from tiny_demucs import tiny_demucs

from pipeline.engines.separator_demucs import DemucsSeparator
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.values.media import Artifact

pytestmark = pytest.mark.models

RATE, MODEL_RATE = 48_000, 44_100
SEGMENT = 1.5  # seconds, of the tiny model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small networks gain nothing from more, and lose on a busy machine
    yield tiny_demucs(tmp_path_factory.mktemp("models") / "htdemucs")
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def separator(folder):
    return DemucsSeparator(hub=Hub(folder.parent), device="cpu")


def film(path, samples, *, channels=2, seed=3, rate=RATE):
    """Tones that move, with noise, swelling and fading; the channels differ."""
    at = np.arange(samples)[:, None] / rate
    tones = np.sin(2 * np.pi * (220 + 110 * np.arange(channels)) * at + 30 * at**2) * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * at))
    noise = np.random.default_rng(seed).standard_normal((samples, channels))
    soundfile.write(path, 0.25 * tones + 0.05 * noise, rate, subtype="PCM_16")
    return Artifact.of(path)


def read(artifact):
    return soundfile.read(artifact.path, dtype="int16", always_2d=True)[0].astype(np.int32)


def separated(separator, audio, folder):
    folder.mkdir(exist_ok=True)
    found = separator.separate(audio, workdir=str(folder))
    return read(found.speech), read(found.background)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("samples", [1, 1_001, round(SEGMENT * RATE), 3 * RATE + 17])
def test_stems_are_as_long_as_the_film_and_add_up_to_it(separator, tmp_path, channels, samples):
    audio = film(tmp_path / "film.flac", samples, channels=channels)
    found = separator.separate(audio, workdir=str(tmp_path))
    for stem in (found.speech, found.background):
        about = soundfile.info(stem.path)
        assert (about.samplerate, about.channels, about.frames) == (RATE, channels, samples)
        assert (about.format, about.subtype) == ("FLAC", "PCM_16")
        assert stem == Artifact.of(stem.path)
    assert (read(found.speech) + read(found.background) == read(audio)).all()


def test_the_voices_are_those_that_the_library_finds_over_the_whole_track(separator, folder, tmp_path):
    import torch
    from demucs.api import Separator

    audio = film(tmp_path / "film.flac", 7 * RATE + 333)
    speech, _ = separated(separator, audio, tmp_path)
    wave = soundfile.read(audio.path, dtype="float32")[0]
    at_model_rate = soxr.resample(wave, RATE, MODEL_RATE)
    offset = at_model_rate.mean()
    library = Separator(model="htdemucs", repo=folder, device="cpu", shifts=0)
    _, sources = library.separate_tensor(torch.from_numpy(at_model_rate.T.copy()))
    expected = soxr.resample(sources["vocals"].numpy().T - offset, MODEL_RATE, RATE)[: len(speech)] * 32_768
    assert np.abs(expected).max() > 100  # there is something to compare
    assert np.abs(speech - expected).max() < 2.0  # and no seam anywhere


def test_how_many_chunks_go_at_once_does_not_matter(folder, separator, tmp_path):
    audio = film(tmp_path / "film.flac", 5 * RATE)
    alone = DemucsSeparator(hub=Hub(folder.parent), device="cpu", batch=1)
    speech, _ = separated(separator, audio, tmp_path / "a")
    assert np.abs(separated(alone, audio, tmp_path / "b")[0] - speech).max() <= 1
    assert alone.fingerprint == separator.fingerprint


def test_the_same_film_gives_the_same_stems(separator, folder, tmp_path):
    audio = film(tmp_path / "film.flac", 4 * RATE + 5)
    again = DemucsSeparator(str(folder), device="cpu")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = separator.separate(audio, workdir=str(tmp_path / "a"))
    second = again.separate(audio, workdir=str(tmp_path / "b"))
    assert (first.speech.digest, first.background.digest) == (second.speech.digest, second.background.digest)
    assert again.fingerprint == separator.fingerprint


def test_mono_is_separated_as_a_stereo_film_of_two_like_channels(separator, tmp_path):
    mono = film(tmp_path / "mono.flac", 2 * RATE, channels=1)
    soundfile.write(tmp_path / "stereo.flac", read(mono).astype(np.int16).repeat(2, axis=1), RATE, subtype="PCM_16")
    speech, _ = separated(separator, mono, tmp_path / "a")
    stereo, _ = separated(separator, Artifact.of(tmp_path / "stereo.flac"), tmp_path / "b")
    assert np.abs(speech[:, 0] - stereo.mean(axis=1)).max() <= 1


def test_a_quieter_film_has_quieter_voices_and_the_same_ones(separator, tmp_path):
    loud = film(tmp_path / "loud.flac", 2 * RATE)
    soundfile.write(tmp_path / "quiet.flac", read(loud) / 32_768 / 4, RATE, subtype="PCM_16")
    speech, _ = separated(separator, loud, tmp_path / "a")
    quiet, _ = separated(separator, Artifact.of(tmp_path / "quiet.flac"), tmp_path / "b")
    assert np.corrcoef(speech[:, 0], quiet[:, 0])[0, 1] > 0.99
    assert quiet.std() == pytest.approx(speech.std() / 4, rel=0.05)


def test_silence_stays_silence(separator, tmp_path):
    soundfile.write(tmp_path / "film.flac", np.zeros((2 * RATE, 2)), RATE, subtype="PCM_16")
    speech, background = separated(separator, Artifact.of(tmp_path / "film.flac"), tmp_path)
    assert not speech.any() and not background.any()


def test_another_rate_is_kept(separator, tmp_path):
    audio = film(tmp_path / "film.flac", 2 * MODEL_RATE + 1, rate=MODEL_RATE)
    found = separator.separate(audio, workdir=str(tmp_path))
    assert (soundfile.info(found.speech.path).samplerate, len(read(found.speech))) == (MODEL_RATE, 2 * MODEL_RATE + 1)


def test_a_bag_of_several_models_answers(tmp_path):
    folder = tiny_demucs(tmp_path / "bag", members=2)
    audio = film(tmp_path / "film.flac", 2 * RATE)
    speech, background = separated(DemucsSeparator(str(folder), device="cpu"), audio, tmp_path)
    assert speech.any() and (speech + background == read(audio)).all()


def test_a_model_as_the_hub_has_it_gives_the_same_stems(separator, folder, tmp_path):
    """The hub's files: safetensors, whose header says how the network is built."""
    import json
    from fractions import Fraction

    import torch
    from safetensors.torch import save_file

    package = torch.load(next(folder.glob("*.th")), weights_only=False)
    kwargs = {
        key: {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}
        if isinstance(value, Fraction)
        else value
        for key, value in package["kwargs"].items()
    }
    about = {"klass": "demucs.htdemucs.HTDemucs", "args": json.dumps(package["args"]), "kwargs": json.dumps(kwargs)}
    snapshot = tmp_path / "models--adefossez--HTDemucs" / "snapshots" / "0123456789abcdef"
    snapshot.mkdir(parents=True)
    save_file(
        {name: weights.contiguous() for name, weights in package["state"].items()}, snapshot / "7f1e2d30.safetensors", about
    )
    (snapshot / "htdemucs.yaml").write_text("models: ['7f1e2d30']\n")
    from_hub = DemucsSeparator(str(snapshot), device="cpu")
    assert "@0123456789ab " in from_hub.fingerprint
    audio = film(tmp_path / "film.flac", RATE)
    assert (separated(from_hub, audio, tmp_path / "a")[0] == separated(separator, audio, tmp_path / "b")[0]).all()


def test_a_full_memory_halves_the_batch_and_the_stems_stay(separator, folder, tmp_path):
    import torch

    audio = film(tmp_path / "film.flac", 6 * RATE)
    full, batches = DemucsSeparator(hub=Hub(folder.parent), device="cpu"), []

    def no_room(_network, inputs):
        batches.append(len(inputs[0]))
        if len(inputs[0]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    full._model.models[0].register_forward_pre_hook(no_room)
    speech, _ = separated(full, audio, tmp_path / "a")
    assert batches[:2] == [4, 2] and max(batches[1:]) == 2
    assert np.abs(speech - separated(separator, audio, tmp_path / "b")[0]).max() <= 1


def test_a_network_that_answers_no_numbers_is_an_engine_error(folder, tmp_path):
    import torch

    broken = DemucsSeparator(hub=Hub(folder.parent), device="cpu")
    broken._model.models[0].register_forward_hook(lambda _network, _inputs, output: output * torch.nan)
    with pytest.raises(EngineError, match="no sound"):
        broken.separate(film(tmp_path / "film.flac", 1_000), workdir=str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"fLaC", b"fLaC" + b"\x00" * 100, b"not sound at all"])
def test_a_file_that_is_no_audio_is_an_engine_error(separator, tmp_path, content):
    (tmp_path / "film.flac").write_bytes(content)
    with pytest.raises(EngineError, match="film.flac"):
        separator.separate(Artifact.of(tmp_path / "film.flac"), workdir=str(tmp_path))


def test_more_than_two_channels_are_refused(separator, tmp_path):
    with pytest.raises(EngineError, match="6 channels"):
        separator.separate(film(tmp_path / "film.flac", 100, channels=6), workdir=str(tmp_path))


def test_a_model_that_cannot_be_had_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelMissing, match=r"HTDemucs-ft.*MODELS_DIR.*SEPARATOR_MODEL"):
        DemucsSeparator("htdemucs_ft", hub=Hub(tmp_path), device="cpu")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"a.yaml": "{["},
        {"a.yaml": "[]"},
        {"a.yaml": "models: []"},
        {"a.yaml": "models: [none]"},
        {"a.yaml": "models: [x]", "x.th": "not weights"},
        {"a.yaml": "models: [x]", "x.safetensors": "not weights"},
        {"a.yaml": "models: [x]", "b.yaml": "models: [x]"},
    ],
)
def test_a_folder_without_a_model_is_a_sentence(tmp_path, files):
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(ModelMissing, match=r"cannot be loaded .* SEPARATOR_MODEL"):
        DemucsSeparator(str(tmp_path), device="cpu")


def test_a_model_that_knows_no_vocals_is_a_sentence(folder, tmp_path):
    import torch

    package = torch.load(next(folder.glob("*.th")), weights_only=False)
    package["args"] = [["drums", "bass", "other", "noise"]]
    torch.save(package, tmp_path / "x.th")
    with pytest.raises(ModelMissing, match="drums, bass, other, noise, not vocals"):
        DemucsSeparator(str(tmp_path), device="cpu")


@pytest.mark.parametrize("options", [{"overlap": -0.1}, {"overlap": 0.9}, {"overlap": float("nan")}, {"batch": 0}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(EngineError, match="cannot be used"):
        DemucsSeparator(device="cpu", **options)


def test_importing_the_module_costs_no_torch():
    code = "import sys; import pipeline.engines.separator_demucs; sys.exit('torch' in sys.modules or 'demucs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
