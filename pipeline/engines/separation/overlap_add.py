"""Overlap-add: a network of fixed input length over sound of any length, in overlapping cross-faded chunks and constant memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]  # (channels, samples)
Chunks = NDArray[np.float32]  # (chunks, channels, segment)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Chunks of `segment` samples, one every `stride`, with a triangular weight, so that seams are inaudible."""

    segment: int
    stride: int

    def __post_init__(self) -> None:
        if not 0 < self.stride <= self.segment:
            raise ValueError(f"chunks of {self.segment} samples cannot follow each other every {self.stride}")

    @property
    def weight(self) -> NDArray[np.float32]:
        """A triangle over the chunk, (segment,), over 0 everywhere."""
        rising = np.arange(1, self.segment // 2 + 1)
        falling = np.arange(self.segment - self.segment // 2, 0, -1)
        whole = np.concatenate([rising, falling])
        return (whole / whole.max()).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """`samples` (channels, segment), of which `length` from `first` on are sound from `at`; the rest is context."""

    at: int
    first: int
    length: int
    samples: Sound


def overlap_add(
    blocks: Iterable[Sound], network: Callable[[Chunks], Chunks], overlap: Overlap, *, batch: int = 1
) -> Iterator[Sound]:
    """Apply `network` to blocks by overlap-add; the output blocks have other lengths, but the same length in all.

    `network` keeps the shape of its chunks; it gets `batch` of them at a time. Memory holds them and two segments.
    """
    held: Sound | None = None  # from `base` on
    base = at = 0
    total = _WeightedSum(overlap)
    waiting: list[_Chunk] = []
    for block in blocks:
        held = block if held is None else np.concatenate([held, block], axis=1)
        while base + held.shape[1] >= at + overlap.segment:
            waiting.append(_Chunk(at, 0, overlap.segment, held[:, at - base : at - base + overlap.segment]))
            at += overlap.stride
            if len(waiting) == batch:
                yield total.add(waiting, network, until=at)
                waiting = []
        spent = max(0, at - overlap.segment - base)  # a segment of the past is the context of the last chunks
        held, base = held[:, spent:], base + spent
    if held is None:
        return
    end = base + held.shape[1]
    while at < end:
        waiting.append(_cut_last_chunk(held, at - base, at, overlap.segment))
        at += overlap.stride
    for first in range(0, len(waiting), batch):
        some = waiting[first : first + batch]
        finished = end if first + batch >= len(waiting) else waiting[first + batch].at
        yield total.add(some, network, until=finished)


def _cut_last_chunk(held: Sound, start: int, at: int, segment: int) -> _Chunk:
    """The chunk from `start` to the end of the sound, in the middle of a segment: earlier sound before it, silence after."""
    length = held.shape[1] - start
    first = (segment - length) // 2
    known = held[:, max(0, start - first) :]
    samples = np.zeros((held.shape[0], segment), np.float32)
    left = max(0, first - start)
    samples[:, left : left + known.shape[1]] = known
    return _Chunk(at, first, length, samples)


class _WeightedSum:
    """Weighted sum of chunks, from the first unfinished sample."""

    def __init__(self, overlap: Overlap) -> None:
        self._weight = overlap.weight
        self._base = 0
        self._sound: Sound | None = None
        self._weights = np.zeros(0, np.float32)

    def add(self, chunks: list[_Chunk], network: Callable[[Chunks], Chunks], *, until: int) -> Sound:
        """Add the network's output of the chunks; the samples before `until` are finished and returned."""
        answers = network(np.stack([chunk.samples for chunk in chunks]))
        sound = self._extend_sum(answers.shape[1], max(chunk.at + chunk.length for chunk in chunks) - self._base)
        for chunk, answer in zip(chunks, answers, strict=True):
            here = slice(chunk.at - self._base, chunk.at - self._base + chunk.length)
            weight = self._weight[: chunk.length]
            sound[:, here] += weight * answer[:, chunk.first : chunk.first + chunk.length]
            self._weights[here] += weight
        done = until - self._base
        finished = sound[:, :done] / self._weights[:done]
        self._sound, self._weights, self._base = sound[:, done:], self._weights[done:], until
        return finished

    def _extend_sum(self, channels: int, length: int) -> Sound:
        old = np.zeros((channels, 0), np.float32) if self._sound is None else self._sound
        more = max(0, length - old.shape[1])
        self._weights = np.concatenate([self._weights, np.zeros(more, np.float32)])
        return np.concatenate([old, np.zeros((channels, more), np.float32)], axis=1)
