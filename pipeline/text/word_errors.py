"""Word and character errors of a recognised text against the text that was spoken: the least number of edits (Levenshtein)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})
WORD = re.compile("[\\w\u0300-\u036f]+(?:'[\\w\u0300-\u036f]+)*")
MAX_REPEATED_WORDS = 3  # of a phrase that was heard twice
ACCENT = re.compile("[\u0300-\u036f]")  # of Latin, Greek and Cyrillic letters; vowel signs of other scripts are letters
# Scripts that are written without spaces (Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese): a letter counts as a word.
UNSPACED_LETTER = re.compile("([\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")


@dataclass(frozen=True, slots=True)
class TextErrors:
    """Edits that turn a recognised text into the spoken one. `words`, `characters`: of the spoken text.

    `missing_end`: characters at the end of the spoken text that were not recognised. `repeated_words`: recognised words or
    short phrases that repeat those before, where the spoken text has no such repetition.
    """

    words: int
    word_errors: int
    characters: int
    character_errors: int
    missing_end: int = 0
    repeated_words: int = 0

    @property
    def character_rate(self) -> float:
        """Character error rate (CER), spaces not counted."""
        return self.character_errors / max(1, self.characters)


def split_words(text: str) -> tuple[str, ...]:
    """Words of a text as they are compared: no case, no punctuation, no accents (a recogniser often writes `esta` for `está`)."""
    return fold_accents(split_spellings(text))


def split_spellings(text: str) -> tuple[str, ...]:
    """Words of a text with their accents, which tell how they are pronounced; no case, no punctuation."""
    composed = unicodedata.normalize("NFKC", text.translate(APOSTROPHES)).casefold()
    return tuple(WORD.findall(UNSPACED_LETTER.sub(r" \1 ", composed)))


def fold_accents(words: Sequence[str]) -> tuple[str, ...]:
    """Words without accents."""
    return tuple(unicodedata.normalize("NFC", ACCENT.sub("", unicodedata.normalize("NFD", word))) for word in words)


def count_text_errors(spoken: str, heard: str) -> TextErrors:
    """Count the errors of a recognised text, by word and by character."""
    said, found = split_words(spoken), split_words(heard)
    letters = "".join(said)
    by_prefix = count_prefix_edits(letters, "".join(found))
    nearest_prefix = max(range(len(by_prefix)), key=lambda n: (-by_prefix[n], n))
    return TextErrors(
        words=len(said),
        word_errors=count_edits(said, found),
        characters=len(letters),
        character_errors=by_prefix[-1],
        missing_end=len(letters) - nearest_prefix,
        repeated_words=max(0, _count_repetitions(found) - _count_repetitions(said)),
    )


def count_edits(one: Sequence[str], other: Sequence[str]) -> int:
    """The least number of insertions, deletions and substitutions that turn one sequence into the other."""
    return count_prefix_edits(one, other)[-1]


def count_prefix_edits(one: Sequence[str], other: Sequence[str]) -> list[int]:
    """The edits that turn each prefix of a sequence, from the empty one to all of it, into the other sequence."""
    row = list(range(len(other) + 1))
    last = [row[-1]]
    for n, left in enumerate(one, 1):
        diagonal, row[0] = row[0], n
        for m, right in enumerate(other, 1):
            diagonal, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, diagonal + (left != right))
        last.append(row[-1])
    return last


def _count_repetitions(words: Sequence[str]) -> int:
    """Phrases of one to three words that stand twice in a row."""
    return sum(
        words[n : n + size] == words[n + size : n + 2 * size]
        for size in range(1, MAX_REPEATED_WORDS + 1)
        for n in range(len(words) - 2 * size + 1)
    )


def divide_heard_words(spoken: Sequence[Sequence[str]], heard: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Divide the words heard in a window among the texts that were spoken in it, by the alignment with the fewest edits.

    Words are spelled with their accents, and are aligned without.
    Word times are not used: Whisper's are wrong by seconds where it leaves out a sentence. A word between two texts that is in
    neither counts with the first of them.
    """
    owners = [n for n, words in enumerate(spoken) for _ in words]
    parts: list[list[str]] = [[] for _ in spoken]
    said = fold_accents([word for words in spoken for word in words])
    for (row, _), word in zip(_align_words(said, fold_accents(heard)), heard, strict=True):
        parts[owners[row]].append(word)
    return tuple(map(tuple, parts))


def _align_words(said: Sequence[str], heard: Sequence[str]) -> list[tuple[int, str]]:
    """Each heard word with the index of the spoken word that it stands for, or after which it was inserted."""
    costs = [[float(m) for m in range(len(heard) + 1)]]
    for n, word in enumerate(said, 1):
        row = [float(n)]
        for m, other in enumerate(heard, 1):
            row.append(min(costs[-1][m] + 1.0, row[m - 1] + 1.0, costs[-1][m - 1] + _compare_words(word, other)))
        costs.append(row)
    pairs, n, m = list[tuple[int, str]](), len(said), len(heard)
    while m:
        if n and costs[n][m] == costs[n - 1][m - 1] + _compare_words(said[n - 1], heard[m - 1]):
            n, m = n - 1, m - 1
            pairs.append((n, heard[m]))
        elif costs[n][m] == costs[n][m - 1] + 1.0:
            m -= 1
            pairs.append((max(0, n - 1), heard[m]))
        else:
            n -= 1
    return pairs[::-1]


@lru_cache(maxsize=4096)
def _compare_words(word: str, other: str) -> float:
    """Cost of one word for another: 0 for the same, 2 (a deletion and an insertion) for words without a common letter."""
    return 2.0 * count_edits(word, other) / max(len(word), len(other))
