from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.separation.overlap_add import Overlap, overlap_add

lengths = st.lists(st.integers(1, 60), min_size=1, max_size=12)


def blocks_of(sound, sizes):
    edges = np.cumsum([0, *sizes])
    return [sound[:, start:end] for start, end in pairwise(edges)]


def noise(samples, seed=0):
    return np.random.default_rng(seed).standard_normal((2, samples)).astype(np.float32)


def whole(sound, network, overlap):
    """The same in one go, by its definition: a mean of chunks, weighted by a triangle."""
    length, weight = sound.shape[1], overlap.weight
    total, weights = np.zeros_like(sound), np.zeros(length, np.float32)
    for at in range(0, length, overlap.stride):
        here = min(overlap.segment, length - at)
        missing = overlap.segment - here
        padded = np.pad(sound, ((0, 0), (overlap.segment, overlap.segment)))  # silence on both sides
        first = at + overlap.segment - missing // 2
        answer = network(padded[None, :, first : first + overlap.segment])[0]
        total[:, at : at + here] += weight[:here] * answer[:, missing // 2 : missing // 2 + here]
        weights[at : at + here] += weight[:here]
    return total / weights


def smeared(chunks):
    """What depends on all of a chunk and on where in it a sample lies."""
    return (chunks.cumsum(axis=2) * np.linspace(0.5, 1.5, chunks.shape[2])).astype(np.float32)


@given(lengths, st.integers(1, 30), st.integers(1, 4))
def test_a_network_that_changes_nothing_gives_back_the_sound(sizes, stride, batch):
    sound = noise(sum(sizes))
    overlap = Overlap(30, stride)
    found = np.concatenate([*overlap_add(blocks_of(sound, sizes), lambda chunks: chunks, overlap, batch=batch)], axis=1)
    assert found.shape == sound.shape
    assert found == pytest.approx(sound, abs=1e-5)


@given(lengths, st.integers(10, 30), st.integers(1, 4))
def test_blocks_are_as_good_as_the_whole(sizes, stride, batch):
    sound = noise(sum(sizes))
    overlap = Overlap(30, stride)
    found = np.concatenate([*overlap_add(blocks_of(sound, sizes), smeared, overlap, batch=batch)], axis=1)
    assert found == pytest.approx(whole(sound, smeared, overlap), abs=1e-4)


def test_the_last_chunk_sees_the_sound_before_it():
    sound = np.arange(45, dtype=np.float32)[None]
    seen = []
    [*overlap_add([sound], lambda chunks: seen.extend(chunks) or chunks, Overlap(30, 20))]
    assert seen[-1][0].tolist() == [*np.arange(28, 45), *[0.0] * 13]  # 40 to 44 lie in its middle
    assert [chunk.shape for chunk in seen] == [(1, 30)] * 3


@pytest.mark.parametrize("samples", [3_000, 30_000])
def test_memory_does_not_grow_with_the_film(samples):
    longest = held = 0

    def network(chunks):
        nonlocal longest
        longest = max(longest, len(chunks))
        return chunks

    def blocks():
        for _ in range(samples // 100):
            yield np.ones((1, 100), np.float32)

    came = 0
    for finished in overlap_add(blocks(), network, Overlap(40, 30), batch=4):
        came += finished.shape[1]
        held = max(held, finished.shape[1])
    assert came == samples
    assert longest == 4 and held <= 4 * 30 + 40


def test_no_sound_gives_none():
    assert [*overlap_add([], lambda chunks: chunks, Overlap(30, 20))] == []


@pytest.mark.parametrize(("segment", "stride"), [(30, 0), (30, 31), (0, 0)])
def test_chunks_that_leave_gaps_are_refused(segment, stride):
    with pytest.raises(ValueError):
        Overlap(segment, stride)
