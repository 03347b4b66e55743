"""Word times clipped to voice activity: Whisper stretches a word next to a pause into the pause."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.values.timeline import Span, Word

MAX_OVERHANG_S = 0.1  # of a word beyond detected speech: the detector cuts close
MIN_WORD_S = 0.02  # the step of Whisper's own times


def clip_to_speech(words: Sequence[Word], speech: Sequence[Span]) -> tuple[Word, ...]:
    """Clip each word to the detected speech that it overlaps most; a word outside all speech is unchanged.

    Both in order and on one time axis. Words only become shorter, so none comes to overlap its neighbour.
    """
    widened = [Span(max(0.0, span.start - MAX_OVERHANG_S), span.end + MAX_OVERHANG_S) for span in speech]
    clipped_words, first = [], 0
    for word in words:
        while first < len(widened) and widened[first].end <= word.span.start:
            first += 1
        clipped_words.append(_clip_word(word, widened, first))
    return tuple(clipped_words)


def clip_to_span(words: Sequence[Word], span: Span) -> tuple[Word, ...]:
    """Clip words to a span; those outside are left out."""
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
    return replace(word, span=most) if most and most.duration >= MIN_WORD_S else word
