"""Decoded text of one window of speech, and the words of the film in it: placed, without hallucinations, clipped to the speech."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.engines.whisper import whisper_words, word_times
from pipeline.engines.whisper.hallucination_filter import DecodedSegment, measure_peak_level, remove_hallucinated_words
from pipeline.engines.whisper.speech_excerpt import SpeechExcerpt
from pipeline.values.timeline import Span, Word


@dataclass(frozen=True, slots=True)
class DecodedWord:
    """A word as it was decoded: it begins with a space unless it continues the one before. Seconds from the window's start."""

    text: str
    start: float
    end: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class DecodedWindow:
    """Decoded text of one window. `logprob`, `no_speech`: of the whole window, as `DecodedSegment` has them."""

    words: tuple[DecodedWord, ...]
    text: str
    logprob: float
    no_speech: float


def find_spoken_words(
    decoded: DecodedWindow, excerpt: SpeechExcerpt, span: Span, *, prompt: str, spaced: bool, engine: str
) -> tuple[Word, ...]:
    """The words of a window in the film's time, within the utterance's `span`; empty if nothing in it was said.

    `spaced`: words are separated by spaces; where they are not, characters are joined to clauses.
    """
    words = _place_words(decoded, excerpt, spaced=spaced)
    if not words:
        return ()
    kept = remove_hallucinated_words(
        words,
        _join_window(decoded, words, excerpt),
        level_of=lambda part: measure_peak_level(excerpt.read_samples(part)),
        prompt=prompt,
        spaced=spaced,
        engine=engine,
    )
    clipped = word_times.clip_to_span(word_times.clip_to_speech(kept, excerpt.speech), span)
    return clipped if spaced else whisper_words.join_clauses(clipped)


def _place_words(decoded: DecodedWindow, excerpt: SpeechExcerpt, *, spaced: bool) -> tuple[Word, ...]:
    """Convert decoded words to the film's time, in order; none empty, none overlapping."""
    words, at = list[Word](), 0.0
    for each in decoded.words:
        text = whisper_words.clean_text(each.text)
        span = excerpt.map_to_film(each.start, each.end)
        if not text or span is None:
            continue
        start = max(at, span.start)
        confidence = None if each.confidence is None else min(1.0, each.confidence)
        word = Word(Span(start, max(span.end, start + whisper_words.MIN_WORD_S)), text, confidence)
        at = word.span.end
        if words and spaced and not each.text[0].isspace():  # "self" and "-substantial"
            words[-1] = _merge_words(words[-1], word)
        else:
            words.append(word)
    return tuple(words)


def _merge_words(first: Word, second: Word) -> Word:
    known = [confidence for confidence in (first.confidence, second.confidence) if confidence is not None]
    return Word(first.span.hull(second.span), first.text + second.text, min(known, default=None))


def _join_window(decoded: DecodedWindow, words: Sequence[Word], excerpt: SpeechExcerpt) -> DecodedSegment:
    """The whole window as one segment."""
    span = words[0].span.hull(words[-1].span)
    return DecodedSegment(span, decoded.text, decoded.logprob, measure_peak_level(excerpt.wave), decoded.no_speech)
