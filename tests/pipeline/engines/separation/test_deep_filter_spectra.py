from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.separation.deep_filter_spectra import Analysis, FeatureExtractor, Framing, synthesize_hops

FRAMING = Framing(rate=48_000, size=960, hop=480, bands=32, fewest_bins=2, deep_bins=96, order=5, lookahead=2, decay=0.99)


def noise(samples, channels=2, seed=0):
    return np.random.default_rng(seed).standard_normal((samples, channels)).astype(np.float32)


def analyzed(sound, sizes=()):
    analysis = Analysis(FRAMING, sound.shape[1])
    return np.concatenate([analysis.add(part) for part in np.split(sound, np.cumsum(sizes).astype(int))])


@settings(max_examples=20)
@given(st.lists(st.integers(0, 1_500), max_size=6))
def test_spectra_do_not_depend_on_the_blocks_that_sound_comes_in(sizes):
    sound = noise(4_800)
    assert analyzed(sound, [size for size in sizes if size]) == pytest.approx(analyzed(sound), abs=1e-6)


def test_synthesis_gives_back_what_was_analyzed():
    sound = noise(10 * 480)
    spectra = analyzed(sound)
    assert spectra.shape == (10, 2, 481) and spectra.dtype == np.complex64
    found = synthesize_hops(spectra, FRAMING).reshape(-1, 2)
    # the first hop is the silence before; the last is half of a frame whose other half is yet to come
    assert found[480:-480] == pytest.approx(sound[:-480], abs=1e-5)
    assert np.abs(found[:480]).max() < 1e-5


def test_a_tone_lies_in_its_bin():
    tone = np.sin(2 * np.pi * 5_000 * np.arange(4_800) / 48_000).astype(np.float32)[:, None]
    assert np.abs(analyzed(tone)[5, 0]).argmax() == 100  # bins of 50 Hz


def test_bands_cover_all_bins_and_widen_upwards():
    widths = np.diff(FRAMING.edges)
    assert FRAMING.edges[0] == 0 and widths.sum() == 481 and len(widths) == 32
    assert widths.min() == 2 and (np.diff(widths) >= 0).all()
    # As the network learnt them.
    assert widths.tolist() == [*[2] * 13, 5, 5, 7, 7, 8, 10, 12, 13, 15, 18, 20, 24, 28, 31, 37, 42, 50, 56, 67]


def test_features_are_alike_at_once_and_in_blocks():
    spectra = analyzed(noise(480 * 30))
    levels, deep = FeatureExtractor(FRAMING, 2).add(spectra)
    extractor = FeatureExtractor(FRAMING, 2)
    parts = [extractor.add(part) for part in (spectra[:1], spectra[1:1], spectra[1:20], spectra[20:])]
    assert np.concatenate([part[0] for part in parts]) == pytest.approx(levels, abs=1e-5)
    assert np.concatenate([part[1] for part in parts]) == pytest.approx(deep, abs=1e-4)
    assert (levels.dtype, deep.dtype) == (np.float32, np.complex64)


def test_steady_sound_comes_to_a_level_of_nothing_and_to_bins_of_its_root():
    """Against running means of a second, what has lasted is no news: a level of 0; a bin over the root of its magnitude."""
    spectra = np.full((2_000, 1, 481), 96.0 + 0j, np.complex64)
    levels, deep = FeatureExtractor(FRAMING, 1).add(spectra)
    assert levels[-1] == pytest.approx(0.0, abs=1e-3)
    assert np.abs(levels[0]).max() > 0.5
    assert deep[-1] == pytest.approx(np.sqrt(96.0 / 960), abs=1e-3)


def test_silence_has_features_that_are_numbers():
    levels, deep = FeatureExtractor(FRAMING, 1).add(np.zeros((30_000, 1, 481), np.complex64))
    assert np.isfinite(levels).all() and np.isfinite(deep).all()


@pytest.mark.parametrize(
    "wrong",
    [{"hop": 400}, {"bands": 0}, {"bands": 400}, {"deep_bins": 482}, {"lookahead": 5}, {"decay": 1.0}, {"decay": float("nan")}],
)
def test_a_framing_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="describes no network"):
        replace(FRAMING, **wrong)
