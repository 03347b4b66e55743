"""Merging of the words of a second pass of recognition with those of the first: in order, none twice."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.recognition.turn_index import TurnIndex
from pipeline.recognition.unrecognized_speech import find_stray_words
from pipeline.values.timeline import Span, Turn, Word

MIN_CONFIDENCE = 0.4  # geometric mean over the words of a stretch; less is text over noise
MAX_REPEAT_GAP_S = 0.5  # seconds between a word and the same word on the other side of a stretch's edge
MIN_WORD_S, MAX_WORD_S = 0.1, 0.3  # seconds for each word that is moved to the rest of its sentence


@dataclass(frozen=True, slots=True)
class Found:
    """The words that a second pass found in one stretch of the film, in order and inside it."""

    span: Span
    words: tuple[Word, ...]


def merge_words(first: Sequence[Word], found: Sequence[Found], turns: Sequence[Turn]) -> tuple[Word, ...]:
    """The words of both passes, in order of time. In a stretch of the second they replace those of the first, if they are
    credible and no fewer. Stray words, which continue in another turn, then go to the rest of their sentence.
    """
    ordered = sorted(first, key=lambda word: word.span)
    stray = find_stray_words(ordered, TurnIndex(turns))
    kept: dict[int, Word] = dict(enumerate(ordered))
    added: list[Word] = []
    displaced: list[int] = []
    for each in found:
        inside = [number for number, word in enumerate(ordered) if _is_inside(word, each.span)]
        firm = [number for number in inside if number not in stray]
        if not _is_better(each.words, [ordered[number] for number in firm]):
            continue
        texts = {_normalize(word.text) for word in each.words}
        displaced += [number for number in inside if number in stray and _normalize(ordered[number].text) not in texts]
        for number in inside:
            kept.pop(number, None)
        added += _drop_repeats(each.words, list(kept.values()))
    moved = _move_stray_words(ordered, displaced, kept, turns)
    return tuple(sorted((*moved, *added), key=lambda word: word.span))


def _is_inside(word: Word, span: Span) -> bool:
    return span.start <= (word.span.start + word.span.end) / 2 < span.end


def _is_better(found: Sequence[Word], before: Sequence[Word]) -> bool:
    """True if the words of the second pass are credible, and say at least as much as those of the first."""
    known = [math.log(max(word.confidence, 1e-4)) for word in found if word.confidence is not None]
    credible = not known or sum(known) / len(known) >= math.log(MIN_CONFIDENCE)
    return bool(found) and credible and _count_letters(found) >= _count_letters(before)


def _count_letters(words: Sequence[Word]) -> int:
    return sum(len(_normalize(word.text)) for word in words)


def _normalize(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _drop_repeats(words: Sequence[Word], others: Sequence[Word]) -> tuple[Word, ...]:
    """The words without a first or last one that stands across the stretch's edge already."""
    before = max((other for other in others if other.span.start <= words[0].span.start), key=lambda w: w.span, default=None)
    after = min((other for other in others if other.span.start > words[-1].span.start), key=lambda w: w.span, default=None)
    start = 1 if before and _is_repeat(before, words[0]) else 0
    end = len(words) - 1 if after and _is_repeat(words[-1], after) else len(words)
    return tuple(words[start:end])


def _is_repeat(one: Word, other: Word) -> bool:
    return _normalize(one.text) == _normalize(other.text) and other.span.start - one.span.end < MAX_REPEAT_GAP_S


def _move_stray_words(
    ordered: Sequence[Word], displaced: Sequence[int], kept: dict[int, Word], turns: Sequence[Turn]
) -> tuple[Word, ...]:
    """The kept words with the displaced ones before the rest of their sentences; without those whose rest is replaced."""
    groups: dict[int, list[int]] = {}
    for number in sorted(displaced):
        rest = next((n for n in range(number + 1, len(ordered)) if n not in displaced), None)
        if rest is not None and rest in kept:
            groups.setdefault(rest, []).append(number)
    words = dict(kept)
    for rest, numbers in groups.items():
        group = [ordered[number] for number in numbers]
        words |= dict(zip((*numbers, rest), _place_before(group, kept[rest], turns), strict=True))
    return tuple(words[number] for number in sorted(words))


def _place_before(group: Sequence[Word], rest: Word, turns: Sequence[Turn]) -> tuple[Word, ...]:
    """The words of a group and the one after them, from the beginning of its turn on; that word shares its time if it must."""
    turn = max(turns, key=lambda turn: turn.span.overlap(rest.span)).span
    start = min(rest.span.start, max(turn.start, rest.span.start - len(group) * MAX_WORD_S))
    room = rest.span.start - start >= len(group) * MIN_WORD_S
    shared = (*group, rest) if not room else tuple(group)
    step = ((rest.span.start if room else rest.span.end) - start) / len(shared)
    placed = tuple(replace(word, span=Span(start + n * step, start + (n + 1) * step)) for n, word in enumerate(shared))
    return (*placed, rest) if room else placed
