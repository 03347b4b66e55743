import io
import subprocess
import sys
import tarfile

import numpy as np
import pytest
import soundfile
from real_models import model_folder
from speech_over_music import RATE, make_scene, read_mono

from evaluation import metrics
from pipeline.engines.registry import engine_classes
from pipeline.engines.separation.deep_filter_model import DeepFilterModel
from pipeline.engines.separator_deepfilternet import DeepFilterNetSeparator
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.values.media import Artifact

MODEL = "deepfilternet3"


@pytest.fixture(scope="session")
def folder():
    return model_folder(MODEL)


@pytest.fixture(scope="session")
def separator(folder):
    return DeepFilterNetSeparator(hub=Hub(folder.parent), windows_at_once=2)


def flac(path, wave, rate=RATE):
    soundfile.write(path, wave, rate, subtype="PCM_16")
    return Artifact.of(path)


def read(artifact):
    return soundfile.read(artifact.path, dtype="int16", always_2d=True)[0].astype(np.int32)


def separated(separator, audio, folder):
    folder.mkdir(exist_ok=True)
    found = separator.separate(audio, workdir=str(folder))
    return read(found.speech), read(found.background)


def noise(samples, channels=1, seed=3):
    return np.random.default_rng(seed).standard_normal((samples, channels)).astype(np.float32) * 0.1


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("samples", [1, 479, 480, 481, 1_001, 8 * RATE + 17])
def test_stems_are_as_long_as_the_film_and_add_up_to_it(separator, tmp_path, channels, samples):
    audio = flac(tmp_path / "film.flac", noise(samples, channels))
    found = separator.separate(audio, workdir=str(tmp_path))
    for stem in (found.speech, found.background):
        about = soundfile.info(stem.path)
        assert (about.samplerate, about.channels, about.frames) == (RATE, channels, samples)
        assert (about.format, about.subtype) == ("FLAC", "PCM_16")
    assert (read(found.speech) + read(found.background) == read(audio)).all()


@pytest.mark.slow
@pytest.mark.parametrize("bed", ["music-battle", "music-northern_mountains"])
def test_the_voices_leave_the_music(separator, recordings, tmp_path, bed):
    scene = make_scene(recordings, bed, clips=(1, 2, 3, 4, 5, 6, 7, 8))
    audio = flac(tmp_path / "film.flac", scene.mixed)
    background = separated(separator, audio, tmp_path)[1][:, 0].astype(np.float32) / 32_768
    rise = metrics.compute_si_sdr(scene.music, background) - metrics.compute_si_sdr(scene.music, scene.mixed)
    speech, music = metrics.compute_gains(background, scene.speech, scene.music)
    spoken = scene.spoken()
    _, under_lines = metrics.compute_gains(background[spoken], scene.speech[spoken], scene.music[spoken])
    print(
        f"{bed}: SI-SDR +{rise:.1f} dB, speech {metrics.to_decibels(speech):.1f}, music {metrics.to_decibels(music):.1f} / {metrics.to_decibels(under_lines):.1f}"
    )
    assert rise >= 10.0
    assert metrics.to_decibels(speech) <= -17.0
    assert abs(metrics.to_decibels(under_lines)) <= 2.0


def test_clean_speech_is_speech_on_the_films_samples(separator, recordings, tmp_path):
    wave = read_mono(recordings / "LJ001-0002.flac")
    speech = separated(separator, flac(tmp_path / "film.flac", wave), tmp_path)[0][:, 0].astype(np.float32)
    assert metrics.compute_si_sdr(wave, speech) > 15.0
    assert (
        metrics.compute_si_sdr(wave[1:], speech[:-1]) < metrics.compute_si_sdr(wave, speech) - 3.0
    )  # a single sample late would be heard in the sum


def test_noise_is_background(separator, tmp_path):
    audio = flac(tmp_path / "film.flac", noise(3 * RATE))
    speech, _ = separated(separator, audio, tmp_path)
    assert speech[RATE:].std() < 0.05 * read(audio).std()


def test_each_channel_is_separated_for_itself_and_keeps_its_place(separator, recordings, tmp_path):
    voice = read_mono(recordings / "LJ001-0002.flac")
    other = noise(len(voice))[:, 0]
    stereo, _ = separated(separator, flac(tmp_path / "film.flac", np.stack([voice, other], axis=1)), tmp_path)
    left, _ = separated(separator, flac(tmp_path / "left.flac", voice), tmp_path / "left")
    assert (stereo[:, 0] == left[:, 0]).all()
    assert stereo[RATE:, 1].std() < 0.05 * stereo[:, 0].std()


def test_how_many_windows_go_at_once_does_not_matter(folder, separator, recordings, tmp_path):
    alone = DeepFilterNetSeparator(str(folder), windows_at_once=1)
    audio = flac(tmp_path / "film.flac", np.resize(read_mono(recordings / "LJ001-0001.flac"), 14 * RATE))
    assert (separated(alone, audio, tmp_path / "a")[0] == separated(separator, audio, tmp_path / "b")[0]).all()
    assert alone.fingerprint == separator.fingerprint


def test_the_seams_of_windows_are_not_heard(folder, separator, recordings, tmp_path):
    """Over one window as long as the film the network forgets nothing: what windows change lies far under the speech."""
    from pipeline.engines.separation.deep_filter import Windows, enhance_speech

    wave = np.resize(read_mono(recordings / "LJ001-0001.flac"), 14 * RATE)
    [whole] = enhance_speech([wave[:, None]], separator._model, Windows(10_000, 0), channels=1)
    speech, _ = separated(separator, flac(tmp_path / "film.flac", wave), tmp_path)
    assert metrics.compute_si_sdr(whole[: len(wave), 0], speech[:, 0].astype(np.float32)) > 25.0


def test_silence_stays_silence(separator, tmp_path):
    speech, background = separated(separator, flac(tmp_path / "film.flac", np.zeros((RATE, 2))), tmp_path)
    assert not speech.any() and not background.any()


def test_another_rate_is_kept(separator, tmp_path):
    audio = flac(tmp_path / "film.flac", noise(44_101), 44_100)
    found = separator.separate(audio, workdir=str(tmp_path))
    assert (soundfile.info(found.speech.path).samplerate, len(read(found.speech))) == (44_100, 44_101)


def test_the_fingerprint_names_the_weights(folder, separator, tmp_path):
    assert separator.fingerprint.startswith("deepfilternet ")
    other = tmp_path / "other"
    other.mkdir()
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed, tarfile.open(other / archive.name, "w:gz") as repacked:
        for member in packed:
            repacked.addfile(member, packed.extractfile(member) if member.isfile() else None)
    (other / "notes.txt").write_text("other files are another model")
    assert DeepFilterNetSeparator(str(other)).fingerprint != separator.fingerprint


def test_graphs_beside_their_configuration_are_a_model_as_well(folder, separator, tmp_path):
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.isfile():
                (tmp_path / member.name.rpartition("/")[2]).write_bytes(packed.extractfile(member).read())
    assert DeepFilterModel(tmp_path).framing == separator._model.framing


def test_graphs_of_another_shape_than_the_configuration_says_are_a_sentence(folder, tmp_path):
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.isfile():
                content = packed.extractfile(member).read().replace(b"nb_erb = 32", b"nb_erb = 24")
                (tmp_path / member.name.rpartition("/")[2]).write_bytes(content)
    with pytest.raises(ModelMissing, match=r"cannot be loaded .* SEPARATOR_MODEL"):
        DeepFilterNetSeparator(str(tmp_path))


def packed(**members: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members.items():
            about = tarfile.TarInfo(f"tmp/export/{name.replace('_ini', '.ini').replace('_onnx', '.onnx')}")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return file.getvalue()


CONFIG = b"""[df]
sr = 48000
fft_size = 960
hop_size = 480
nb_erb = 32
nb_df = 96
norm_tau = 1
df_order = 5
df_lookahead = 2
min_nb_erb_freqs = 2
[deepfilternet]
conv_lookahead = 2
"""


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"not packed",
        b"\x1f\x8b\x08" + b"\x00" * 50,
        packed(config_ini=CONFIG),
        packed(config_ini=b"[df]", enc_onnx=b"x", erb_dec_onnx=b"x", df_dec_onnx=b"x"),
        packed(config_ini=CONFIG.replace(b"480\n", b"many\n", 1), enc_onnx=b"x", erb_dec_onnx=b"x", df_dec_onnx=b"x"),
        packed(config_ini=CONFIG, enc_onnx=b"x", erb_dec_onnx=b"x", df_dec_onnx=b"x"),
        packed(config_ini=CONFIG, enc_onnx=b"", erb_dec_onnx=b"", df_dec_onnx=b""),
    ],
)
def test_a_folder_without_a_model_is_a_sentence(tmp_path, content):
    if content is not None:
        (tmp_path / "DeepFilterNet3_onnx.tar.gz").write_bytes(content)
    with pytest.raises(ModelMissing, match=r"cannot be loaded .* SEPARATOR_MODEL"):
        DeepFilterNetSeparator(str(tmp_path))


def test_a_model_that_cannot_be_had_is_a_sentence(tmp_path):
    with pytest.raises(ModelMissing, match="SEPARATOR_MODEL"):
        DeepFilterNetSeparator("deepfilternet99", hub=Hub(tmp_path))


@pytest.mark.parametrize("content", [b"", b"fLaC", b"fLaC" + b"\x00" * 100, b"not sound at all"])
def test_a_file_that_is_no_audio_is_an_engine_error(separator, tmp_path, content):
    (tmp_path / "film.flac").write_bytes(content)
    with pytest.raises(EngineError, match="film.flac"):
        separator.separate(Artifact.of(tmp_path / "film.flac"), workdir=str(tmp_path))


def test_more_than_two_channels_are_refused(separator, tmp_path):
    with pytest.raises(EngineError, match="6 channels"):
        separator.separate(flac(tmp_path / "film.flac", noise(100, 6)), workdir=str(tmp_path))


def test_windows_that_cannot_be_made_are_refused():
    with pytest.raises(EngineError, match="windows_at_once=0"):
        DeepFilterNetSeparator(windows_at_once=0)


def test_it_is_in_the_registry_and_importing_it_costs_no_runtime():
    assert engine_classes.find_class("separator", "deepfilternet") is DeepFilterNetSeparator
    code = (
        "import sys, pipeline.engines.separator_deepfilternet; sys.exit('onnxruntime' in sys.modules or 'scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
