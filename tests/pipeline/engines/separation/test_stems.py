import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.separation.stems import BLOCK_SAMPLES, FULL_SCALE, Mixture, clip_voice, convert_channels, resample_blocks

RATE = 48_000


def flac(path, frames):
    soundfile.write(path, frames, RATE, subtype="PCM_16")
    return path


def read(path):
    return soundfile.read(path, dtype="int16", always_2d=True)[0].astype(np.int32)


def noise(samples, channels=2, level=0.2):
    return (np.random.default_rng(4).standard_normal((samples, channels)) * level).clip(-1, 1)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("loud", [0.0, 0.3, 3.0, 1e6])
def test_stems_add_up_to_the_film_bit_for_bit_however_loud_the_voice_is(tmp_path, channels, loud):
    original = flac(tmp_path / "film.flac", noise(50_001, channels, level=0.5))
    voices = [noise(20_000, channels, level=loud).astype(np.float32) * (1 if loud < 1e6 else 1e6) for _ in range(3)]
    found = Mixture.from_file(original).write_stems(voices, tmp_path)
    speech, background = read(found.speech.path), read(found.background.path)
    assert speech.shape == background.shape == (50_001, channels)
    assert (speech + background == read(original)).all()
    assert soundfile.info(found.speech.path).samplerate == RATE
    assert soundfile.info(found.background.path).subtype == "PCM_16"


@given(
    st.lists(st.integers(-FULL_SCALE, FULL_SCALE - 1), min_size=1, max_size=20),
    st.floats(-4, 4),
)
def test_a_voice_is_held_where_it_or_the_rest_would_clip(mixed, voice):
    mixed = np.array(mixed, np.int16)[:, None]
    held = clip_voice(mixed, np.full(mixed.shape, voice, np.float32)).astype(np.int32)
    rest = mixed.astype(np.int32) - held
    assert rest.min() >= -FULL_SCALE and rest.max() < FULL_SCALE
    asked = np.rint(np.float32(voice) * np.float32(FULL_SCALE))
    fits = np.abs(asked) < FULL_SCALE and (np.abs(mixed.astype(np.int64) - asked) < FULL_SCALE).all()
    assert not fits or (held == asked).all()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("loud", [0.0, 0.3, 3.0, 1e6])
def test_three_stems_add_up_bit_for_bit_however_loud_they_are(tmp_path, channels, loud):
    original = flac(tmp_path / "film.flac", noise(50_001, channels, level=0.5))
    waves = [(np.random.default_rng(n).standard_normal((20_000, 2 * channels)) * loud).astype(np.float32) for n in range(3)]
    found = Mixture.from_file(original).write_stems(waves, tmp_path, with_effects=True)
    speech, background = read(found.speech.path), read(found.background.path)
    music, effects = read(found.background_stems.music.path), read(found.background_stems.effects.path)
    assert speech.shape == music.shape == effects.shape == (50_001, channels)
    assert (music + effects == background).all() and (speech + music + effects == read(original)).all()
    assert soundfile.info(found.background_stems.music.path).subtype == "PCM_16"
    assert soundfile.info(found.background_stems.effects.path).samplerate == RATE
    folder = tmp_path / "two"
    folder.mkdir()
    two = Mixture.from_file(original).write_stems([wave[:, :channels] for wave in waves], folder)
    assert (two.speech.digest, two.background.digest) == (found.speech.digest, found.background.digest)
    assert two.background_stems is None


def test_effects_are_as_the_model_has_them_and_after_their_end_all_is_music(tmp_path):
    original = flac(tmp_path / "film.flac", noise(1_000))
    wave = np.concatenate([np.full((900, 2), 0.1, np.float32), np.full((900, 2), -0.05, np.float32)], axis=1)
    found = Mixture.from_file(original).write_stems([wave], tmp_path, with_effects=True)
    music, effects = read(found.background_stems.music.path), read(found.background_stems.effects.path)
    assert (effects[:900] == round(-0.05 * FULL_SCALE)).all() and not effects[900:].any()
    assert (music[900:] == read(original)[900:]).all()


def test_voices_that_end_early_leave_the_rest_in_the_background(tmp_path):
    original = flac(tmp_path / "film.flac", noise(1_000))
    found = Mixture.from_file(original).write_stems([np.full((900, 2), 0.1, np.float32)], tmp_path)
    assert (read(found.speech.path)[:900] == round(0.1 * FULL_SCALE)).all()
    assert (read(found.background.path)[900:] == read(original)[900:]).all()


def test_voices_that_last_longer_are_cut_at_the_end_of_the_film(tmp_path):
    original = flac(tmp_path / "film.flac", noise(1_000))
    found = Mixture.from_file(original).write_stems([np.zeros((700, 2), np.float32)] * 2, tmp_path)
    assert len(read(found.speech.path)) == len(read(found.background.path)) == 1_000


def test_level_and_offset_are_those_of_the_whole_film(tmp_path):
    frames = np.concatenate([noise(BLOCK_SAMPLES) / 10, noise(70_001)]) + np.array([0.05, 0.01])
    mixture = Mixture.from_file(flac(tmp_path / "film.flac", frames))
    assert (mixture.samples, mixture.channels, mixture.rate) == (BLOCK_SAMPLES + 70_001, 2, RATE)
    mono = frames.mean(axis=1)
    assert mixture.mean == pytest.approx(mono.mean(), abs=1e-4)
    assert mixture.deviation == pytest.approx(mono.std(), rel=1e-3)


def test_silence_has_no_deviation(tmp_path):
    mixture = Mixture.from_file(flac(tmp_path / "film.flac", np.zeros((1_000, 2))))
    assert (mixture.mean, mixture.deviation) == (0.0, 0.0)


def test_there_and_back_in_blocks_is_the_same_sound_in_step():
    at = np.arange(RATE * 2) / RATE
    wave = (0.3 * np.sin(2 * np.pi * 1_000 * at + 300 * at**2))[:, None].repeat(2, axis=1).astype(np.float32)
    blocks = np.array_split(wave, 7)
    there = resample_blocks(blocks, RATE, 44_100, 2)
    back = np.concatenate([*resample_blocks(there, 44_100, RATE, 2)])
    assert abs(len(back) - len(wave)) <= 2
    inside = slice(2_000, min(len(back), len(wave)) - 2_000)
    assert back[inside] == pytest.approx(wave[inside], abs=1e-3)


def test_mono_and_stereo_are_made_from_each_other():
    stereo = np.array([[0.1, 0.3], [0.2, -0.2]], np.float32)
    assert convert_channels(stereo, 1) == pytest.approx(np.array([[0.2], [0.0]]))
    assert convert_channels(np.array([[0.5]], np.float32), 2).tolist() == [[0.5, 0.5]]
    assert convert_channels(stereo, 2) is stereo


def test_a_film_longer_than_a_block_is_read_to_its_end(tmp_path):
    mixture = Mixture.from_file(flac(tmp_path / "film.flac", np.zeros((BLOCK_SAMPLES + 3, 1))))
    assert sum(len(wave) for wave in mixture.read_resampled(RATE, 2)) == mixture.samples == BLOCK_SAMPLES + 3
