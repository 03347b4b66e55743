import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.separation.deep_filter import Windows, apply_filters, enhance_speech
from pipeline.engines.separation.deep_filter_model import Filters
from pipeline.engines.separation.deep_filter_spectra import Framing

FRAMING = Framing(rate=48_000, size=960, hop=480, bands=32, fewest_bins=2, deep_bins=96, order=5, lookahead=2, decay=0.99)
CENTRE = FRAMING.lookback  # the tap that takes the frame itself


class Keeping:
    """A network that keeps what is louder in a frame than its running mean says; it remembers nothing, and answers late."""

    framing = FRAMING

    def __init__(self):
        self.runs, self.frames = 0, 0
        self.lock = threading.Lock()

    def run(self, levels, deep):
        with self.lock:
            self.runs, self.frames = self.runs + 1, max(self.frames, len(levels))
        late = np.concatenate([np.zeros((FRAMING.lookahead, FRAMING.bands), np.float32), levels[: -FRAMING.lookahead]])
        taps = np.zeros((len(levels), FRAMING.deep_bins, FRAMING.order), np.complex64)
        taps[..., CENTRE] = 1 / (1 + np.exp(-late.mean(axis=1)[:, None]))
        taps[..., 0], taps[..., -1] = 0.1j, 0.2  # what was, and what comes
        return Filters((1 / (1 + np.exp(-late))).astype(np.float32), taps)


class Passing(Keeping):
    """A network that lets everything through."""

    def run(self, levels, deep):
        super().run(levels, deep)
        taps = np.zeros((len(levels), FRAMING.deep_bins, FRAMING.order), np.complex64)
        taps[..., CENTRE] = 1
        return Filters(np.ones((len(levels), FRAMING.bands), np.float32), taps)


def noise(samples, channels=1, seed=0):
    return np.random.default_rng(seed).standard_normal((samples, channels)).astype(np.float32)


def enhanced(sound, model, windows, block=5_000):
    blocks = (sound[at : at + block] for at in range(0, len(sound), block))
    return np.concatenate([*enhance_speech(blocks, model, windows, channels=sound.shape[1])])


@settings(max_examples=30)
@given(st.integers(1, 9_000), st.integers(1, 20), st.integers(0, 8), st.integers(1, 4_000))
def test_what_a_network_lets_through_is_the_sound_to_the_sample(samples, frames, warmup, block):
    sound = noise(samples, 2)
    found = enhanced(sound, Passing(), Windows(frames, warmup), block)
    assert len(found) >= samples
    assert len(found) < samples + FRAMING.hop + 1
    assert found[:samples] == pytest.approx(sound, abs=1e-5)


@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize(("frames", "warmup"), [(1, 0), (7, 0), (7, 3), (20, 40)])
def test_windows_have_no_seams_where_a_network_remembers_nothing(frames, warmup, at_once):
    sound = noise(20_000)
    whole = enhanced(sound, Keeping(), Windows(10_000, 0))
    assert enhanced(sound, Keeping(), Windows(frames, warmup, at_once)) == pytest.approx(whole, abs=1e-4)
    assert np.abs(whole[:20_000] - sound).max() > 0.1  # it does change the sound


def test_taps_take_from_the_frames_around():
    mixed = noise(12, 2 * FRAMING.bins).view(np.complex64)  # (frames, bins)
    gains = np.full((12, FRAMING.bands), 0.5, np.float32)
    for tap in range(FRAMING.order):
        taps = np.zeros((12, FRAMING.deep_bins, FRAMING.order), np.complex64)
        taps[..., tap] = 2j
        speech = apply_filters(4, 9, mixed, Filters(gains, taps), FRAMING)
        assert speech[:, :96] == pytest.approx(2j * mixed[4 + tap - 2 : 9 + tap - 2, :96], abs=1e-5)
        assert speech[:, 96:] == pytest.approx(mixed[4:9, 96:] / 2, abs=1e-6)


def test_channels_that_sound_alike_cost_one_run():
    mono = noise(4_800)
    model = Keeping()
    found = enhanced(np.repeat(mono, 2, axis=1), model, Windows(1_000, 0))
    assert model.runs == 1 and (found[:, 0] == found[:, 1]).all()
    model = Keeping()
    enhanced(noise(4_800, 2), model, Windows(1_000, 0))
    assert model.runs == 2


def test_memory_does_not_grow_with_the_film():
    model = Keeping()
    list(enhance_speech((noise(48_000) for _ in range(20)), model, Windows(100, 30, 2), channels=1))
    assert model.frames <= 100 + 30 + FRAMING.lookahead
    assert model.runs == 21  # a hundred frames a second, and the last frame's other half


def test_what_a_network_raises_comes_through_and_its_threads_end():
    class Failing(Keeping):
        def run(self, levels, deep):
            raise RuntimeError("no more")

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="no more"):
        enhanced(noise(50_000), Failing(), Windows(10, 0, 3))
    assert threading.active_count() == before


def test_no_sound_gives_no_speech():
    assert sum(len(wave) for wave in enhance_speech([], Passing(), Windows(10, 0), channels=1)) <= FRAMING.hop


@pytest.mark.parametrize(("frames", "warmup", "at_once"), [(0, 0, 1), (1, -1, 1), (1, 0, 0)])
def test_windows_that_answer_nothing_are_refused(frames, warmup, at_once):
    with pytest.raises(ValueError, match="cannot be made"):
        Windows(frames, warmup, at_once)
