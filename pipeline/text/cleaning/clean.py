"""Cleaning of a subtitle file: the rules in order, over all of its timed texts."""

from collections.abc import Callable, Sequence

from pipeline.text.cleaning.bilingual import Guess, keep_own_language
from pipeline.text.cleaning.credits import remove_credits
from pipeline.text.cleaning.rolling_captions import unroll_captions
from pipeline.text.cleaning.sounds import remove_sounds
from pipeline.text.cleaning.speaker_labels import remove_speaker_labels
from pipeline.text.cleaning.timed_text import Removals, TimedText

Rule = Callable[[Sequence[TimedText], Removals], list[TimedText]]
RULES: tuple[Rule, ...] = (unroll_captions, remove_credits, remove_sounds, remove_speaker_labels)


def clean_texts(texts: Sequence[TimedText], removals: Removals, *, language: str | None, guess: Guess) -> list[TimedText]:
    """Dialogue of a file in order of time. `texts`: without markup. `language`: of the subtitle, BCP 47, None where not told.

    Leading dialogue dashes stay: they separate two speakers.
    """
    cleaned = sorted(dict.fromkeys(text for text in texts if text.text))  # layered ASS repeats a text
    for rule in RULES:
        cleaned = rule(cleaned, removals)
    return keep_own_language(cleaned, removals, language=language, guess=guess)
