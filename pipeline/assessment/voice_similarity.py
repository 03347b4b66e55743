"""Voice similarity: cosines of speaker embeddings between a take, the other takes of its voice, and the nearest other voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.values.dub_report import LineReport, VoiceMatch

MIN_TAKE_S = 1.6  # s of speech that an embedding needs to tell voices apart
MIN_VOICE_TAKES = 3  # takes of a voice, under which its mean tells little

Embeddings = NDArray[np.float32]  # (n, dimensions), rows of unit length


@dataclass(frozen=True, slots=True)
class Likeness:
    """Cosine of one take to the other takes of its voice, and to the nearest other voice (None where there is none)."""

    own: float
    nearest: float | None


def compare_voices(embeddings: Embeddings, voices: Sequence[str]) -> tuple[Likeness | None, ...]:
    """Likeness of each take, in order; None for a voice of fewer than 3 takes. `voices`: name of each take's voice.

    A take is no part of the mean that it is compared with.
    """
    rows = {voice: [n for n, each in enumerate(voices) if each == voice] for voice in dict.fromkeys(voices)}
    sums = {voice: embeddings[of].sum(axis=0) for voice, of in rows.items() if len(of) >= MIN_VOICE_TAKES}
    return tuple(_compare_take(embedding, voice, sums) for embedding, voice in zip(embeddings, voices, strict=True))


def _compare_take(embedding: NDArray[np.float32], voice: str, sums: Mapping[str, NDArray[np.float32]]) -> Likeness | None:
    if voice not in sums:
        return None
    others = [_compute_cosine(embedding, total) for name, total in sums.items() if name != voice]
    return Likeness(_compute_cosine(embedding, sums[voice] - embedding), max(others) if others else None)


def _compute_cosine(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    length = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / length if length > 0.0 else 0.0


def summarize_voices(lines: Sequence[LineReport]) -> VoiceMatch | None:
    """Medians over the lines that were measured; None where none was."""
    own = [line.voice_similarity for line in lines if line.voice_similarity is not None]
    nearest = [line.nearest_voice_similarity for line in lines if line.nearest_voice_similarity is not None]
    return VoiceMatch(len(own), float(np.median(own)), float(np.median(nearest)) if nearest else None) if own else None
