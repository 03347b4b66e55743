"""Voiceprints along a film: speaker embeddings of short looks at every stretch of speech."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.speakers import audio_input
from pipeline.engines.speakers.ge2e_embeddings import FRAMES_PER_SECOND, Embeddings, Ge2e, Mels, compute_mels
from pipeline.values.timeline import Span

AT_ONCE = 128  # looks through the network at once: 40 MB, and matrix products of an efficient size


@dataclass(frozen=True, slots=True)
class Voiceprints:
    """Embeddings of looks, in order of time. `seconds`: the speech that each look stands for."""

    embeddings: Embeddings  # (n, 256)
    middles: NDArray[np.float64]  # (n,) seconds from the start of the film
    regions: NDArray[np.intp]  # (n,) which stretch of speech each lies in
    seconds: NDArray[np.float64]  # (n,)


def compute_voiceprints(network: Ge2e, audio: Path, regions: Sequence[Span], *, length: int, step: int) -> Voiceprints:
    """Look at `length` mel frames every `step` frames, inside each region of speech. One look at least at each region."""
    from threadpoolctl import threadpool_limits

    firsts = [_first_frames(count_frames(region), length, step) for region in regions]
    counts = [len(each) for each in firsts]
    halves = [min(length, count_frames(region)) / 2 for region in regions]
    middles = [
        region.start + (first + half) / FRAMES_PER_SECOND
        for region, each, half in zip(regions, firsts, halves, strict=True)
        for first in each
    ]
    # BLAS's own threads wait for each other by spinning, which is ruinous beside other work; ours share nothing.
    with threadpool_limits(1, "blas"):
        embeddings = np.concatenate([*_embed_batches(network, _batches(_looks(audio, regions, firsts, length)))])
    return Voiceprints(
        embeddings,
        np.array(middles),
        np.repeat(np.arange(len(regions)), counts),
        np.repeat([region.duration / count for region, count in zip(regions, counts, strict=True)], counts),
    )


def count_frames(region: Span) -> int:
    """Mel frames in a region, at least 1."""
    return max(1, int(region.duration * FRAMES_PER_SECOND))


def _first_frames(frames: int, length: int, step: int) -> list[int]:
    """First frames of the looks at a region; the last ends where the region does."""
    last = frames - length
    return [*range(0, last, step), last] if last > 0 else [0]


def _looks(audio: Path, regions: Sequence[Span], firsts: Sequence[Sequence[int]], length: int) -> Iterator[Mels]:
    """The looks in order of time, (length, 40) each.

    What is shorter is said again and again: the network was trained on 1.6 s, and 0.5 s of speech repeated lie nearer
    to the voice than 0.5 s alone.
    """
    for region, each in zip(regions, firsts, strict=True):
        mels = compute_mels(audio_input.read_excerpt(audio, region))
        for first in each:
            look = mels[first : first + length]
            yield np.resize(look, (length, look.shape[1]))


def _batches(looks: Iterator[Mels]) -> Iterator[NDArray[np.float32]]:
    while batch := list(islice(looks, AT_ONCE)):
        yield np.stack(batch)


def _embed_batches(network: Ge2e, batches: Iterator[NDArray[np.float32]]) -> Iterator[Embeddings]:
    """Embeddings batch by batch, in order; as many batches in memory as there are cores."""
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as threads:
        while wave := list(islice(batches, cores)):
            yield from threads.map(network.embed, wave)
