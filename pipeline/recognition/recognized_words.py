"""Recognized words of a film: the answer of both passes of recognition together, kept with times and confidences."""

from pipeline.runner import stage
from pipeline.values.timeline import Word


@stage(version=1)
def collect_words(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words that the film's segments are made of, in order of time. They are stored for exports; nothing else is computed."""
    return tuple(sorted(words, key=lambda word: word.span))
