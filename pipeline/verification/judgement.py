"""Judgement of a take by its recognised text: errors by word and by character, and how far they are over the bound."""

import math
from dataclasses import dataclass

from pipeline.text.homophones import Pronunciations, count_homophone_errors
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.text.word_errors import TextErrors, count_text_errors, split_spellings
from pipeline.values.take_checks import Intelligibility

# By character: a recogniser that spells a word otherwise (`esta casa` for `ésta casa`, a foreign name) loses a word of five, but few letters.
MAX_CHARACTER_RATE = 0.3
FREE_CHARACTERS = 3.0  # errors of a text that never count: "No." is recognised as "Noga" or "¿Qué", and "Sí." not at all
MAX_MISSING_END_RATE = 0.08  # of the characters: a take that is cut loses its end, and is understood to there
FREE_END_CHARACTERS = 1.5  # that may be missing at the end: a plural. Of 550 good takes two lacked a letter or more
REPETITION_EXCESS = 1.5  # of a take in which a word was heard twice
MAX_END_LEVEL_DB = -10.0  # of the last 20 ms over the level of speech: higher, the voice breaks off in the middle of a sound
ABRUPT_END_EXCESS = 1.5
BAD_EXCESS = 2.0  # times the bound, from which on a take is bad rather than doubtful
CLEAR_EXCESS = 0.5  # below which a take is understood beyond doubt


@dataclass(frozen=True, slots=True)
class Judgement:
    """A take's recognised text and its errors. `excess`: the errors over their bound, above 1 where the take is suspect.

    `homophone_errors`: word errors where words of one pronunciation are equal; None where pronunciations are not known.
    """

    heard: str
    errors: TextErrors
    excess: float
    homophone_errors: int | None = None
    breaks_off: bool = False  # the sound ends in the middle of speech

    @property
    def is_suspect(self) -> bool:
        """True where the take may not be understood."""
        return self.excess > 1.0

    @property
    def verdict(self) -> Intelligibility:
        """Verdict for people."""
        if not self.is_suspect:
            return Intelligibility.GOOD
        return Intelligibility.BAD if self.excess > BAD_EXCESS else Intelligibility.DOUBTFUL


def judge_take(
    spoken: str, heard: str, language: str, *, end_level: float = -math.inf, pronunciations: Pronunciations | None = None
) -> Judgement:
    """Judge a take by the text that it was to speak and the one that was heard. Numbers of both are compared in words.

    `end_level`: of the take's last sound, in dB relative to its speech. `pronunciations`: of the words of both texts.
    """
    said, found = verbalize(spoken, language), verbalize(heard, language)
    errors = count_text_errors(said, found)
    breaks_off = end_level > MAX_END_LEVEL_DB
    excesses = (
        errors.character_errors / (MAX_CHARACTER_RATE * errors.characters + FREE_CHARACTERS),
        bool(found) * errors.missing_end / (MAX_MISSING_END_RATE * errors.characters + FREE_END_CHARACTERS),
        REPETITION_EXCESS if errors.repeated_words else 0.0,
        ABRUPT_END_EXCESS if breaks_off else 0.0,
    )
    alike = errors.word_errors
    if alike and pronunciations:
        alike = count_homophone_errors(split_spellings(said), split_spellings(found), pronunciations)
    return Judgement(heard, errors, max(excesses), alike if pronunciations is not None else None, breaks_off)


def combine_judgements(in_window: Judgement, alone: Judgement) -> Judgement:
    """The better judgement of a suspect take; the window's where it is bad and the take alone is not clear either.

    Alone, Whisper translates speech of another language into the expected one, half right; among other takes it leaves it out.
    """
    if in_window.excess > BAD_EXCESS and alone.excess > CLEAR_EXCESS:
        return in_window if in_window.excess > alone.excess else alone
    return min(in_window, alone, key=lambda one: one.excess)
