"""Word times held against voice activity detection: Whisper stretches a word beside a pause into it."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.values.timeline import Span, Word

TOLERANCE = 0.1  # seconds that a word may reach beyond detected speech: the detector cuts close
SHORTEST = 0.02  # seconds; the step of Whisper's own times


def clip_to_speech(words: Sequence[Word], speech: Sequence[Span]) -> tuple[Word, ...]:
    """The words, each within the detected speech that it overlaps most; a word outside all speech stays where it is.

    Both in order and on one axis. Words only become shorter, so none comes to lie over its neighbour.
    """
    widened = [Span(max(0.0, span.start - TOLERANCE), span.end + TOLERANCE) for span in speech]
    clipped_words, first = [], 0
    for word in words:
        while first < len(widened) and widened[first].end <= word.span.start:
            first += 1
        clipped_words.append(_clip_word(word, widened, first))
    return tuple(clipped_words)


def clip_to_span(words: Sequence[Word], span: Span) -> tuple[Word, ...]:
    """The words as far as they lie in a span; those outside are left out."""
    return tuple(replace(word, span=inside) for word in words if (inside := word.span.intersection(span)))


def _clip_word(word: Word, speech: Sequence[Span], first: int) -> Word:
    most: Span | None = None
    for n in range(first, len(speech)):
        span = speech[n]
        if span.start >= word.span.end:
            break
        inside = word.span.intersection(span)
        if inside and (most is None or inside.duration > most.duration):
            most = inside
    return replace(word, span=most) if most and most.duration >= SHORTEST else word
