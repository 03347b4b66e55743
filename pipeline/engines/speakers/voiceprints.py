"""Voiceprints along a film: speaker embeddings of short windows over all speech."""

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

BATCH_WINDOWS = 128  # 40 MB, and matrix products of an efficient size


@dataclass(frozen=True, slots=True)
class Voiceprints:
    """Embeddings of windows, in order of time. `seconds`: the speech that each window represents."""

    embeddings: Embeddings  # (n, 256)
    middles: NDArray[np.float64]  # (n,) seconds from the start of the film
    regions: NDArray[np.intp]  # (n,) index of each window's region of speech
    seconds: NDArray[np.float64]  # (n,)


def compute_voiceprints(network: Ge2e, audio: Path, regions: Sequence[Span], *, length: int, step: int) -> Voiceprints:
    """Compute embeddings of windows of `length` mel frames every `step` frames inside each region of speech, at least one per region."""
    from threadpoolctl import threadpool_limits

    firsts = [_list_first_frames(count_frames(region), length, step) for region in regions]
    counts = [len(each) for each in firsts]
    halves = [min(length, count_frames(region)) / 2 for region in regions]
    middles = [
        region.start + (first + half) / FRAMES_PER_SECOND
        for region, each, half in zip(regions, firsts, halves, strict=True)
        for first in each
    ]
    # BLAS's own threads spin while they wait, which slows other work; these threads share nothing.
    with threadpool_limits(1, "blas"):
        embeddings = np.concatenate([*_embed_batches(network, _batch_windows(_cut_windows(audio, regions, firsts, length)))])
    return Voiceprints(
        embeddings,
        np.array(middles),
        np.repeat(np.arange(len(regions)), counts),
        np.repeat([region.duration / count for region, count in zip(regions, counts, strict=True)], counts),
    )


def count_frames(region: Span) -> int:
    """Number of mel frames in a region, at least 1."""
    return max(1, int(region.duration * FRAMES_PER_SECOND))


def _list_first_frames(frames: int, length: int, step: int) -> list[int]:
    """First frames of the windows of a region; the last window ends with the region."""
    last = frames - length
    return [*range(0, last, step), last] if last > 0 else [0]


def _cut_windows(audio: Path, regions: Sequence[Span], firsts: Sequence[Sequence[int]], length: int) -> Iterator[Mels]:
    """The windows in order of time, (length, 40) each.

    A shorter region is repeated to fill the window: the network was trained on 1.6 s, and the embedding of 0.5 s repeated
    is nearer to the voice than that of 0.5 s alone.
    """
    for region, each in zip(regions, firsts, strict=True):
        mels = compute_mels(audio_input.read_excerpt(audio, region))
        for first in each:
            window = mels[first : first + length]
            yield np.resize(window, (length, window.shape[1]))


def _batch_windows(windows: Iterator[Mels]) -> Iterator[NDArray[np.float32]]:
    while batch := list(islice(windows, BATCH_WINDOWS)):
        yield np.stack(batch)


def _embed_batches(network: Ge2e, batches: Iterator[NDArray[np.float32]]) -> Iterator[Embeddings]:
    """Embeddings batch by batch, in order; as many batches in memory as there are cores."""
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as threads:
        while batch := list(islice(batches, cores)):
            yield from threads.map(network.compute_embeddings, batch)
