"""Times of words and subtitle cues from forced alignment: accepted where they are credible, else the text keeps its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Generic, TypeVar

from pipeline.engines.alignment.aligned_words import INTERPOLATED, split_words
from pipeline.recognition.text_windows import TextWindow
from pipeline.values.timeline import Cue, Span, Word

MAX_WORD_SHIFT_S = 1.0  # seconds that a recognised word may move
MAX_CUE_SHIFT_S = 1.5  # seconds that the start or end of a cue may move beyond its own span
MIN_WORD_CONFIDENCE = 0.1  # of an aligned word; below it the recogniser's time is the better guess
MIN_CUE_CONFIDENCE = 0.5  # mean over the words of a cue
MAX_CHARACTERS_PER_S = 30.0  # characters a second; nobody speaks faster
MIN_WORD_S = 0.02  # seconds

T = TypeVar("T", Word, Cue)


@dataclass(frozen=True, slots=True)
class AlignedTime(Generic[T]):
    """Result of one text: the text at its time, and the reason for which that is its own (`kept`); "" where alignment set it."""

    text: T
    kept: str = ""
    shift: float = 0.0  # seconds from its own start to the new one


NOT_FOUND = "not found in the speech"
UNCERTAIN = "of low confidence"
IMPLAUSIBLE = "at an implausible time"


def retime_words(window: TextWindow[Word], found: Sequence[Word], language: str) -> tuple[AlignedTime[Word], ...]:
    """The recognised words of a window at their aligned times, in order; text and confidence stay the recogniser's.

    `found`: the aligner's answer. A word that was not found, or is moved too far, keeps its own time, as far as its
    neighbours leave it.
    """
    groups = _assign_tokens(window.texts, found, language)
    if groups is None:
        return tuple(AlignedTime(word, NOT_FOUND) for word in window.texts)
    checked = [(word, group, _check_word(word, group)) for word, group in zip(window.texts, groups, strict=True)]
    accepted = [_hull(group) if not reason else None for _, group, reason in checked]
    results, at = list[AlignedTime[Word]](), 0.0
    for n, (word, group, reason) in enumerate(checked):
        if not reason:
            span = _hull(group)
            results.append(AlignedTime(replace(word, span=span), shift=span.start - word.span.start))
        else:
            following = next((span.start for span in accepted[n + 1 :] if span is not None), float("inf"))
            span = _fit_between(word.span, at, following) or _hull(group)
            results.append(AlignedTime(replace(word, span=span), reason))
        at = max(at, span.end)
    return tuple(results)


def retime_cues(window: TextWindow[Cue], found: Sequence[Word], language: str) -> tuple[AlignedTime[Cue], ...]:
    """The cues of a window, from the first to the last word of each; one of which that is not credible keeps its own span."""
    groups = _assign_tokens(window.texts, found, language)
    if groups is None:
        return tuple(AlignedTime(cue, NOT_FOUND) for cue in window.texts)
    checked = [(cue, _hull(group), _check_cue(cue, group)) for cue, group in zip(window.texts, groups, strict=True)]
    return tuple(
        AlignedTime(cue, reason)
        if reason
        else AlignedTime(replace(cue, span=span), shift=max(span.start - cue.span.start, span.end - cue.span.end, key=abs))
        for cue, span, reason in checked
    )


def _assign_tokens(
    texts: Sequence[Word] | Sequence[Cue], found: Sequence[Word], language: str
) -> tuple[tuple[Word, ...], ...] | None:
    """The aligned tokens of each text; None if they are not those of the texts."""
    counts = [len(split_words(each.text, language=language)) for each in texts]
    if not found or sum(counts) != len(found):
        return None
    return tuple(_deal(found, counts))


def _deal(found: Sequence[Word], counts: Sequence[int]) -> Iterator[tuple[Word, ...]]:
    at = 0
    for count in counts:
        yield tuple(found[at : at + count])
        at += count


def _hull(group: Sequence[Word]) -> Span:
    """From the first to the last token, without those at either end that have no sound of their own, such as a dash."""
    sounding = [token for token in group if token.confidence != INTERPOLATED] or group
    return Span(sounding[0].span.start, sounding[-1].span.end)


def _check_word(word: Word, group: Sequence[Word]) -> str:
    """The reason for which a word keeps its own time; "" if there is none."""
    known = [token.confidence for token in group if token.confidence is not None]
    if known and max(known) == INTERPOLATED:
        return NOT_FOUND
    if known and fmean(known) < MIN_WORD_CONFIDENCE:
        return UNCERTAIN
    return IMPLAUSIBLE if abs(_hull(group).start - word.span.start) > MAX_WORD_SHIFT_S else ""


def _check_cue(cue: Cue, group: Sequence[Word]) -> str:
    """The reason for which a cue keeps its own span; "" if there is none."""
    letters = [token for token in group if any(each.isalnum() for each in token.text)]
    if not letters or INTERPOLATED in (letters[0].confidence, letters[-1].confidence):
        return NOT_FOUND
    known = [token.confidence for token in letters if token.confidence is not None]
    if known and fmean(known) < MIN_CUE_CONFIDENCE:
        return UNCERTAIN
    span = _hull(group)
    allowed = Span(max(0.0, cue.span.start - MAX_CUE_SHIFT_S), cue.span.end + MAX_CUE_SHIFT_S)
    is_possible = allowed.start <= span.start and span.end <= allowed.end and span.overlap(cue.span) > 0.0
    return "" if is_possible and len(cue.text) / span.duration <= MAX_CHARACTERS_PER_S else IMPLAUSIBLE


def _fit_between(span: Span, earliest: float, latest: float) -> Span | None:
    """The part of a span that its neighbours leave; None if that is too short for a word."""
    start, end = max(span.start, earliest), min(span.end, latest)
    return Span(start, end) if end - start >= MIN_WORD_S else None
