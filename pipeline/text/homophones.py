"""Homophone-tolerant word errors: words that are pronounced alike count as equal, however they are spelled or divided.

A recogniser that has to write what it hears cannot tell `voy` from `boy`, `seção` from `sessão`, or `anoche` from `a noche`. NIST's
scoring of speech recognition maps such spellings to one by hand (GLM files of SCTK); here the phonemes decide. A phoneme that
differs is an error.
"""

from collections.abc import Mapping, Sequence

from pipeline.text.word_errors import fold_accents

MAX_JOINED_WORDS = 3  # consecutive words that together may sound like others: `señal ha` and `señala`

Pronunciations = Mapping[str, str]  # spelled word → its phonemes


def count_homophone_errors(spoken: Sequence[str], heard: Sequence[str], pronunciations: Pronunciations) -> int:
    """The least number of word errors, where words of one pronunciation are equal. Words as `split_spellings` gives them."""
    said, found = _Words(spoken, pronunciations), _Words(heard, pronunciations)
    rows = [list(range(len(heard) + 1))]
    for n in range(1, len(spoken) + 1):
        rows.append([n])
        for m in range(1, len(heard) + 1):
            substituted = rows[n - 1][m - 1] + (said.spelled[n - 1] != found.spelled[m - 1])
            alike = (rows[n - a][m - b] for a, b in _list_sizes(n, m) if said.is_like(slice(n - a, n), found, slice(m - b, m)))
            rows[n].append(min(rows[n - 1][m] + 1, rows[n][m - 1] + 1, substituted, *alike))
    return rows[-1][-1]


def _list_sizes(n: int, m: int) -> list[tuple[int, int]]:
    """Numbers of words at the end of two texts of n and m words that may sound alike."""
    return [(a, b) for a in range(1, min(MAX_JOINED_WORDS, n) + 1) for b in range(1, min(MAX_JOINED_WORDS, m) + 1)]


class _Words:
    """Words by spelling, accents folded, and by pronunciation; None where that is not known."""

    def __init__(self, words: Sequence[str], pronunciations: Pronunciations) -> None:
        self.spelled = fold_accents(words)
        self._phonemes = [pronunciations.get(word) or None for word in words]

    def is_like(self, part: slice, other: "_Words", other_part: slice) -> bool:
        """True if a part of the words is spelled or pronounced as a part of the others is."""
        own, others = self._pronounce(part), other._pronounce(other_part)
        return "".join(self.spelled[part]) == "".join(other.spelled[other_part]) or (own is not None and own == others)

    def _pronounce(self, part: slice) -> str | None:
        known = [phonemes for phonemes in self._phonemes[part] if phonemes is not None]
        return "".join(known) if len(known) == len(self._phonemes[part]) else None
