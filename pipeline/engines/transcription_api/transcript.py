"""Transcripts of a transcription endpoint (`verbose_json`, or `json` with the text alone), parsed to words with times.

Servers differ: words come by themselves or in segments, with leading spaces and punctuation or bare, with a probability or none.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.engines.openai_api.api_response import parse_object
from pipeline.engines.openai_api.http_client import NoResponse
from pipeline.engines.whisper import whisper_words
from pipeline.engines.whisper.decoded_window import DecodedWindow, DecodedWord
from pipeline.text import languages
from pipeline.values.timeline import Span

MAX_TEXT_CHARS, MAX_WORDS, MAX_SEGMENTS = 20_000, 4_000, 1_000  # of a window of some 30 s
PROBABILITY_KEYS = ("probability", "score", "confidence")
LANGUAGE_PROBABILITY_KEYS = ("language_probability", "detected_language_probability")


@dataclass(frozen=True, slots=True)
class TextSegment:
    """A segment of a transcript, in seconds from the start of its audio. `logprob`, `no_speech`: 0.0 where not given."""

    text: str
    start: float
    end: float
    logprob: float = 0.0
    no_speech: float = 0.0


@dataclass(frozen=True, slots=True)
class Transcript:
    """An answer: its text, its segments and timed words where there are any, and the language as the server names it ("" for none)."""

    text: str
    segments: tuple[TextSegment, ...] = ()
    words: tuple[DecodedWord, ...] = ()
    language: str = ""
    language_probability: float | None = None

    @property
    def tag(self) -> str | None:
        """BCP 47 tag of the language, by its code or its English name; None where the server names none that is known."""
        if not 1 < len(self.language) <= 40:
            return None
        is_code = len(self.language) <= 3 or "-" in self.language
        return languages.normalize_tag_or_none(self.language) if is_code else languages.find_tag_by_name(self.language)

    def to_window(self, seconds: float, *, spaced: bool) -> DecodedWindow:
        """The transcript of `seconds` of audio as a decoded window. Words without times share those of their segment, without
        a confidence.
        """
        words = self.words or self._spread_words(seconds, spaced=spaced)
        if words and spaced and not any(word.text[0].isspace() for word in words[1:]):  # bare words, each for itself
            words = tuple(replace(word, text=f" {word.text}") for word in _restore_punctuation(words, self.text))
        logprob = min((segment.logprob for segment in self.segments), default=0.0)
        return DecodedWindow(words, self.text, logprob, max((segment.no_speech for segment in self.segments), default=0.0))

    def _spread_words(self, seconds: float, *, spaced: bool) -> tuple[DecodedWord, ...]:
        """Words without times of their own, in proportion to their length."""
        words: list[DecodedWord] = []
        for segment in self.segments or (TextSegment(self.text, 0.0, seconds),):
            start, end = max(0.0, segment.start), min(seconds, segment.end)
            if start < end:
                tokens = whisper_words.split_tokens(whisper_words.clean_text(segment.text), spaced=spaced)
                placed = whisper_words.place_words(tokens, Span(start, end)) if tokens else ()
                words += (DecodedWord(f" {word.text}", word.span.start, word.span.end) for word in placed)
        return tuple(words)


def parse_transcript(body: bytes) -> Transcript:
    """Parse an answer in JSON. NoResponse for anything else, or without a text. Parts that are none are left out."""
    found = parse_object(body)
    text = found.get("text")
    if not isinstance(text, str):
        raise NoResponse("its answer is no transcript: it has no text")
    if len(text) > MAX_TEXT_CHARS:
        raise NoResponse(f"its transcript of half a minute has {len(text)} characters")
    entries = [each for each in _list(found.get("segments"), MAX_SEGMENTS) if isinstance(each, dict)]
    segments = tuple(segment for entry in entries if (segment := _parse_segment(entry)))
    listed = _list(found.get("words"), MAX_WORDS) or [word for entry in entries for word in _list(entry.get("words"), MAX_WORDS)]
    language = found.get("language") or found.get("detected_language")
    return Transcript(
        text.strip(),
        segments,
        _parse_words(listed[:MAX_WORDS]),
        language.strip() if isinstance(language, str) else "",
        _find_probability(found, LANGUAGE_PROBABILITY_KEYS),
    )


def _list(value: Any, most: int) -> list[Any]:
    return value[:most] if isinstance(value, list) else []


def _parse_segment(entry: dict[str, Any]) -> TextSegment | None:
    text, start, end = entry.get("text"), _number(entry.get("start")), _number(entry.get("end"))
    if not isinstance(text, str) or not text.strip() or start is None or end is None or start >= end:
        return None
    logprob, no_speech = _number(entry.get("avg_logprob")), _number(entry.get("no_speech_prob"))
    return TextSegment(text, start, end, min(0.0, logprob or 0.0), no_speech or 0.0)


def _parse_words(listed: Sequence[Any]) -> tuple[DecodedWord, ...]:
    """Timed words in order; none if one of them has no time: half of a text would be worse than times by segment."""
    words: list[DecodedWord] = []
    at = 0.0
    for entry in listed:
        text = entry.get("word", entry.get("text")) if isinstance(entry, dict) else None
        if not isinstance(text, str) or not text.strip():
            continue
        start, end = _number(entry.get("start")), _number(entry.get("end"))
        if start is None or end is None or end < start or start < at - 1.0:  # s; a little overlap is common
            return ()
        at = max(at, start)
        end = max(end, start + whisper_words.MIN_WORD_S)
        words.append(DecodedWord(text, start, end, _find_probability(entry, PROBABILITY_KEYS)))
    return tuple(words)


def _restore_punctuation(words: Sequence[DecodedWord], text: str) -> Sequence[DecodedWord]:
    """Words as the text writes them: OpenAI's have no punctuation. The words themselves where they are those of another text."""
    restored: list[DecodedWord] = []
    left = list(words)
    for token in text.split():
        letters, taken = _letters(token), list[DecodedWord]()
        while letters and left and "".join(_letters(word.text) for word in taken) != letters:
            taken.append(left.pop(0))
        if letters and "".join(_letters(word.text) for word in taken) != letters:
            return words
        if taken:
            known = [word.confidence for word in taken if word.confidence is not None]
            restored.append(DecodedWord(token, taken[0].start, taken[-1].end, min(known, default=None)))
    return words if left else restored


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _find_probability(entry: dict[str, Any], keys: Sequence[str]) -> float | None:
    value = next((number for key in keys if (number := _number(entry.get(key))) is not None), None)
    return None if value is None else min(1.0, max(0.0, value))


def _number(value: Any) -> float | None:
    """A finite number; None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) else None
