"""Words of an aligner's answer: tokens of the text, and their placement where the aligner found no time for some."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.engines.whisper.whisper_languages import UNSPACED, to_tag
from pipeline.engines.whisper.whisper_words import Token, place_words, split_tokens
from pipeline.text import languages
from pipeline.values.timeline import Span, Word

INTERPOLATED = 0.0  # confidence of a word that has a share of the time between its neighbours


def split_words(text: str, *, language: str) -> tuple[str, ...]:
    """Split a text as every aligner's answer is: into words at white space, in scripts without spaces into characters."""
    return tuple(token.text for token in split_tokens(text, spaced=is_spaced(language)))


def is_spaced(language: str) -> bool:
    """True of a language (BCP 47) whose script has spaces between words."""
    return not any(languages.is_same_language(language, to_tag(code)) for code in UNSPACED)


def place_tokens(tokens: Sequence[Token], span: Span) -> tuple[Word, ...]:
    """Convert tokens with times from the start of the film to an aligner's answer: one word for each, in order, within `span`.

    Those without a time are interpolated and have confidence 0.0. Empty if no token has a time, or they have no room.
    """
    if not any(token.start is not None for token in tokens):
        return ()
    known = [token if token.start is not None else replace(token, confidence=INTERPOLATED) for token in tokens]
    words = place_words(known, span)
    return words if len(words) == len(tokens) else ()
