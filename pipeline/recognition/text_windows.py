"""Windows of forced alignment: neighbouring words or subtitle cues together, with the speech that may hold them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from pipeline.values.timeline import Cue, Span, Word

MAX_WINDOW_S = 15.0  # seconds from the first text's start to the last one's end
MAX_TEXT_S = 20.0  # seconds; a longer cue is no line that somebody says: it is not aligned
MIN_PAUSE_S = 0.8  # seconds without text, after which a new window begins
MARGIN_S = 0.5  # seconds of speech before and after the text, at most half of the pause there

T = TypeVar("T", Word, Cue)  # a text with a time


@dataclass(frozen=True, slots=True)
class TextWindow(Generic[T]):
    """Texts with times, in order, and the span in which they are searched."""

    texts: tuple[T, ...]
    span: Span

    @property
    def text(self) -> str:
        """All texts, separated by spaces."""
        return " ".join(" ".join(each.text.split()) for each in self.texts)


def build_windows(texts: Sequence[T], duration: float) -> tuple[TextWindow[T], ...]:
    """Build windows of at most 15 s, cut at pauses. `duration`: of the film, in seconds. Empty and long texts are in none."""
    ordered = sorted((each for each in texts if each.text.strip() and each.span.start < duration), key=lambda each: each.span)
    usable = [each for each in ordered if each.span.duration <= MAX_TEXT_S]
    groups: list[list[T]] = [part for group in _split_at_pauses(usable) for part in _split_long_group(group)]
    if not groups:
        return ()
    edges = [0.0, *(_find_border(one, other) for one, other in pairwise(groups)), duration]
    return tuple(
        TextWindow(tuple(group), _widen(group, Span(before, after)))
        for group, (before, after) in zip(groups, pairwise(edges), strict=True)
    )


def halve_window(window: TextWindow[T]) -> tuple[TextWindow[T], ...]:
    """Halve a window whose text was not found as a whole, at its longest pause; a single text stays out.

    The halves' spans overlap a little, because the times of their texts are what is in doubt.
    """
    if len(window.texts) < 2:
        return ()
    groups = _cut_group(list(window.texts))
    border = _find_border(*groups)
    overlap = MARGIN_S / 2
    limits = Span(window.span.start, border + overlap), Span(max(window.span.start, border - overlap), window.span.end)
    return tuple(TextWindow(tuple(group), _widen(group, each)) for group, each in zip(groups, limits, strict=True))


def _split_at_pauses(texts: Sequence[T]) -> Iterator[list[T]]:
    group: list[T] = []
    for each in texts:
        if group and each.span.start - group[-1].span.end >= MIN_PAUSE_S:
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _split_long_group(group: list[T]) -> Iterator[list[T]]:
    """The group, cut until no part lasts over 15 s."""
    if len(group) < 2 or _hull(group).duration <= MAX_WINDOW_S:
        yield group
        return
    for part in _cut_group(group):
        yield from _split_long_group(part)


def _cut_group(group: list[T]) -> tuple[list[T], list[T]]:
    """A group of several texts, cut at its longest pause; near the middle where pauses are equal."""
    pauses = [other.span.start - one.span.end for one, other in pairwise(group)]
    middle = len(pauses) / 2
    cut = 1 + max(range(len(pauses)), key=lambda n: (round(pauses[n], 1), -abs(n + 0.5 - middle)))
    return group[:cut], group[cut:]


def _hull(group: Sequence[T]) -> Span:
    return Span(group[0].span.start, max(each.span.end for each in group))


def _find_border(one: Sequence[T], other: Sequence[T]) -> float:
    """The middle of the pause between two groups."""
    return (_hull(one).end + other[0].span.start) / 2


def _widen(group: Sequence[T], limits: Span) -> Span:
    """The group's span with a margin on both sides, within the limits; it is never narrower than itself."""
    own = _hull(group)
    start, end = max(limits.start, own.start - MARGIN_S), min(limits.end, own.end + MARGIN_S)
    return Span(min(own.start, start), max(own.end, end))
