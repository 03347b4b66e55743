"""Times of a text's words from the times of the aligner's units.

A unit is a word without its punctuation, a morpheme (Japanese, Korean), or a Chinese character: the model times its start and its end,
each by itself, so that they may be out of order or all the same.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.engines.alignment.aligned_words import INTERPOLATED
from pipeline.engines.whisper.whisper_words import MIN_WORD_S, Token

MAX_LETTERS_PER_S = 40.0  # of units; nobody speaks faster
MAX_SKIPPED_LETTERS = 8  # of the units, which the text has in another spelling


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and its times in seconds from the start of the wave; None where it was not found."""

    text: str
    start: float | None
    end: float | None


def select_ordered_times(times: Sequence[float], *, until: float) -> list[float | None]:
    """Select the longest non-decreasing subsequence of `times` in 0..`until`; the others become None. O(n log n)."""
    lowest, ends, previous = (
        list[float](),
        list[int](),
        list[int | None](),
    )  # by length of a subsequence: its last time, its index
    for n, time in enumerate(times):
        if not 0.0 <= time <= until:
            previous.append(None)
            continue
        length = bisect_right(lowest, time)
        previous.append(ends[length - 1] if length else None)
        lowest[length : length + 1], ends[length : length + 1] = [time], [n]
    kept, at = set[int](), ends[-1] if ends else None
    while at is not None:
        kept.add(at)
        at = previous[at]
    return [time if n in kept else None for n, time in enumerate(times)]


def build_units(texts: Sequence[str], times: Sequence[float], *, until: float, step: float) -> tuple[Unit, ...]:
    """Build units from the model's times, a start and an end for each, in seconds. `until`: end of the wave; `step`: between times.

    A unit was not found where its times are out of order, or too near to each other or to the unit before it for its letters: a model that
    does not find a text gives many units one time.
    """
    ordered, units, at = select_ordered_times(times, until=until), list[Unit](), 0.0
    for text, start, end in zip(texts, ordered[::2], ordered[1::2], strict=True):
        said = None if start is None else max(at, start) + len(text) / MAX_LETTERS_PER_S
        if start is None or end is None or said is None or said > end + step:
            units.append(Unit(text, None, None))
        else:
            units.append(Unit(text, start, end))
            at = said
    return tuple(units)


def time_words(words: Sequence[str], units: Sequence[Unit]) -> tuple[Token, ...]:
    """Time words by the units of their text, in order: a word begins with its first letter and ends with its last.

    The letters of a unit share its time evenly. A word of which a letter has no time has none; a word without letters or digits has the
    moment after the word before it, and confidence 0.0.
    """
    letters = [letter for unit in units for letter in _split_unit(unit)]
    tokens, at = list[Token](), 0
    for word in words:
        spans = list[tuple[float, float] | None]()
        for letter in filter(is_kept, unicodedata.normalize("NFKC", word)):
            ahead = [each for each, _ in letters[at : at + 1 + MAX_SKIPPED_LETTERS]]
            skipped = ahead.index(letter) if letter in ahead else None
            spans.append(None if skipped is None else letters[at + skipped][1])
            at += 0 if skipped is None else skipped + 1
        tokens.append(_build_token(word, spans, tokens[-1] if tokens else None))
    return tuple(_separate_tokens(tokens))


def is_kept(letter: str) -> bool:
    """True of a character that the library keeps in its units: a letter, a digit or an apostrophe."""
    return letter == "'" or unicodedata.category(letter)[0] in "LN"


def _split_unit(unit: Unit) -> Iterator[tuple[str, tuple[float, float] | None]]:
    """The letters of a unit, each with its share of the unit's time in seconds; None without one."""
    letters = unicodedata.normalize("NFKC", unit.text)
    for n, letter in enumerate(letters):
        if unit.start is None or unit.end is None:
            yield letter, None
        else:
            share = (unit.end - unit.start) / len(letters)
            yield letter, (unit.start + n * share, unit.start + (n + 1) * share)


def _build_token(word: str, spans: Sequence[tuple[float, float] | None], before: Token | None) -> Token:
    known = [span for span in spans if span is not None]
    if spans:
        return Token(word, known[0][0], known[-1][1]) if len(known) == len(spans) else Token(word)
    if before is None or before.end is None:
        return Token(word)
    return Token(word, before.end, before.end, INTERPOLATED)


def _separate_tokens(tokens: Sequence[Token]) -> Iterator[Token]:
    """Give each token with a time its minimum duration, moving those after it; the model's steps are coarser than short words."""
    at = 0.0
    for token in tokens:
        if token.start is None or token.end is None:
            yield token
            continue
        start = max(at, token.start)
        at = max(token.end, start + MIN_WORD_S)
        yield replace(token, start=start, end=at)
