"""Repetition loops in decoded text: detected by repeated phrases and by compression ratio, and cut."""

import unicodedata
import zlib
from collections.abc import Sequence

MAX_COMPRESSION_RATIO = 2.4  # above it Whisper's authors take a text for a loop
MIN_REPEATS = 3  # of a phrase, or of a whole segment, that make a loop
MIN_SHORT_REPEATS = {True: 4, False: 6}  # by spaced words: "No, no, no!" is real speech; without spaces a number has its zeros
MAX_SHORT_TOKENS = {True: 2, False: 5}  # of a short phrase, by spaced words: words, else characters
MAX_PHRASE_TOKENS = 60  # of a phrase that repeats


def compute_compression_ratio(text: str) -> float:
    """Compute size over compressed size, of characters rather than bytes: scripts of three bytes a letter are no loops."""
    numbers = {character: number for number, character in enumerate(dict.fromkeys(text))}
    coded = bytes(numbers[character] % 256 for character in text)
    return len(coded) / len(zlib.compress(coded, 9)) if coded else 0.0


def cut_loops(text: str, *, spaced: bool = True) -> str:
    """Cut each loop: a phrase that comes three times in a row stays once, a short one of four times stays three times."""
    tokens = text.split() if spaced else list(" ".join(text.split()))
    return (" " if spaced else "").join(tokens[n] for n in find_tokens_outside_loops(tokens, spaced=spaced))


def find_tokens_outside_loops(tokens: Sequence[str], *, spaced: bool = True) -> tuple[int, ...]:
    """Indices of the tokens that stay when each loop is cut. Without spaces between words a short loop needs six times."""
    same = [strip_punctuation(token) or token for token in tokens]
    kept: list[int] = []
    at = 0
    while at < len(tokens):
        length, times = _find_loop(same, at, spaced=spaced)
        stay = MIN_REPEATS if length <= MAX_SHORT_TOKENS[spaced] else 1
        kept += range(at, at + length * (stay if times > 1 else 1))
        at += length * times
    return tuple(kept)


def _find_loop(tokens: Sequence[str], at: int, *, spaced: bool) -> tuple[int, int]:
    """The shortest loop that begins at `at`, as (tokens, times); (1, 1) if there is none."""
    for length in range(1, min(MAX_PHRASE_TOKENS, (len(tokens) - at) // MIN_REPEATS) + 1):
        phrase, times = tokens[at : at + length], 1
        while tokens[at + times * length : at + (times + 1) * length] == phrase:
            times += 1
        if times >= (MIN_SHORT_REPEATS[spaced] if length <= MAX_SHORT_TOKENS[spaced] else MIN_REPEATS):
            return length, times
    return 1, 1


def strip_punctuation(token: str) -> str:
    """The letters, marks and digits of a token, case-folded: Indic vowels are marks."""
    return "".join(character for character in token.casefold() if unicodedata.category(character)[0] in "LMN")
