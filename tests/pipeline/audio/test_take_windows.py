"""Windows of takes: full, never longer than the recogniser takes, and the same again after a take of another length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audio.take_windows import GAP_S, WINDOW_S, group_takes, join_takes

lengths = st.lists(st.floats(0.2, 9.0), min_size=1, max_size=60)


def last(seconds):
    return [group.stop for group in group_takes(range(1, len(seconds) + 1), seconds)]


@given(lengths)
def test_every_take_is_in_one_window_and_none_is_too_long(seconds):
    groups = group_takes(range(1, len(seconds) + 1), seconds)
    assert [n for group in groups for n in range(group.start, group.stop)] == list(range(len(seconds)))
    assert all(sum(seconds[group]) + GAP_S * (group.stop - group.start + 1) <= WINDOW_S + 1e-9 for group in groups)


def test_a_take_that_is_too_long_has_a_window_to_itself():
    assert group_takes([1, 2, 3], [2.0, 40.0, 2.0]) == (slice(0, 1), slice(1, 2), slice(2, 3))


def test_windows_are_filled():
    assert len(group_takes(range(1, 201), [2.5] * 200)) <= 200 * (2.5 + GAP_S) / (0.8 * WINDOW_S)


@pytest.mark.parametrize("seed", range(5))
def test_most_windows_stay_when_one_take_changes(seed):
    random = np.random.default_rng(seed)
    seconds = list(random.uniform(1.0, 4.5, 400))
    changed = [
        len(set(last(seconds)) - set(last([*seconds[:n], float(random.uniform(0.5, 6.0)), *seconds[n + 1 :]])))
        for n in range(0, 400, 10)
    ]
    assert len(last(seconds)) > 40
    assert np.mean(changed) < 1.5  # besides the window of the take itself


def test_takes_are_joined_with_silence_around_each():
    one, other = np.ones(1600, np.float32), np.full(3200, 0.5, np.float32)
    wave = join_takes([one, other])
    gap = round(GAP_S * 16_000)
    assert len(wave) == 4800 + 3 * gap
    assert not wave[:gap].any()
    assert np.array_equal(wave[gap : gap + 1600], one)
