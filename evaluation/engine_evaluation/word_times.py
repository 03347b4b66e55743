"""Errors of word times: words that a recogniser found, against the same words with known times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.metrics import normalize_text
from pipeline.values.timeline import Word


@dataclass(frozen=True, slots=True)
class WordTimeErrors:
    """Distances of the found times from the known ones, s, over the words that are the same in both (`matched` of `words`).

    `start_median`, `end_median`, `start_p95`: of their sizes; `start_bias`: mean of found minus known, late is positive.
    """

    words: int
    matched: int
    start_median: float
    start_p95: float
    end_median: float
    start_bias: float


def measure_word_times(reference: Sequence[Word], found: Sequence[Word]) -> WordTimeErrors:
    """The errors of the words' times. ValueError for a reference without words, and where no word is the same."""
    pairs = tuple(match_words(reference, found))
    if not pairs:
        raise ValueError("no word of the reference was recognised, so no time can be compared")
    starts = np.array([other.span.start - word.span.start for word, other in pairs])
    ends = np.array([other.span.end - word.span.end for word, other in pairs])
    return WordTimeErrors(
        words=len(_split(reference)),
        matched=len(pairs),
        start_median=float(np.median(np.abs(starts))),
        start_p95=float(np.percentile(np.abs(starts), 95)),
        end_median=float(np.median(np.abs(ends))),
        start_bias=float(starts.mean()),
    )


def match_words(reference: Sequence[Word], found: Sequence[Word]) -> Iterator[tuple[Word, Word]]:
    """The words that are the same in the best alignment of both texts, in order; case and punctuation do not count."""
    import jiwer

    ours, theirs = _split(reference), _split(found)
    if not ours:
        raise ValueError("a reference without words tells nothing about the times of a recogniser")
    if not theirs:
        return
    aligned = jiwer.process_words(" ".join(text for text, _ in ours), " ".join(text for text, _ in theirs)).alignments[0]
    for chunk in aligned:
        if chunk.type == "equal":
            for offset in range(chunk.ref_end_idx - chunk.ref_start_idx):
                yield ours[chunk.ref_start_idx + offset][1], theirs[chunk.hyp_start_idx + offset][1]


def _split(words: Sequence[Word]) -> list[tuple[str, Word]]:
    """Text and word, normalized; a word that is two has its times twice, one that is punctuation none."""
    return [(part, word) for word in words for part in normalize_text(word.text).split()]
