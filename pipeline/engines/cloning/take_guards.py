"""Guards against faulty takes of synthesizers that sample at random: a take that cannot be its text is recognised without a recogniser.

Guarded against are silence, babble and missing words (by the duration), a length cap or a sound that ends too early, clipping, a
stretch that sounds twice, and the reference clip spoken again instead of the text.
"""

import math
import unicodedata
from dataclasses import dataclass

import numpy as np

from pipeline.audio.take_ending import measure_end_level
from pipeline.engines.cloning.sound_repetition import MIN_REPEATED_S, has_repetition, has_stretch_of
from pipeline.engines.protocols import Wave
from pipeline.values.notes import Note, Severity

BABBLE_RATIO, BABBLE_GRACE_S = 1.9, 1.0  # times the expected duration, plus the grace: over it, words were added
OMISSION_RATIO, OMISSION_GRACE_S = 0.45, 0.1  # times the expected duration, less the grace: under it, words are missing
CLIPPING_LEVEL, MAX_CLIPPED_SHARE = 0.999, 0.005  # of full scale, and the share of samples at it that is audible
MAX_ERROR_RATE = 0.35  # of the recognised text, over which the listener did not understand it
MAX_END_LEVEL_DB = -6.0  # of the last 20 ms, over the speech: a sound that breaks off is louder
MIN_COMMON_SHARE = 0.6  # of the letters of a text and a transcript that are then the same words
MIN_COPIED_S = 1.0  # s of the reference clip that are found in a take


@dataclass(frozen=True, slots=True)
class Expectation:
    """Expectation of a take. `seconds`: of its speech at the natural pace. `ended`: False if the model was stopped at its length cap.

    `error`: error rate of the text that a listener recognised. `reference`: the clip, at the take's sample rate, whose words are not
    to be heard; None where the text has them as well.
    """

    text: str
    seconds: float
    ended: bool = True
    error: float | None = None
    reference: Wave | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Faults of a take. `score`: their sum, 0.0 for none, infinite for silence."""

    faults: tuple[str, ...]
    score: float


def cap_duration(expected: float) -> float:
    """Longest duration in seconds that a model may generate for a text of `expected` seconds: more is babble."""
    return BABBLE_RATIO * expected + BABBLE_GRACE_S


def judge_take(raw: Wave, cleaned: Wave, rate: int, expected: Expectation) -> Verdict:
    """Find the faults of a take. `raw`: as the model gave it; `cleaned`: cut to its speech, empty for silence."""
    if not len(cleaned):
        return Verdict(("silence",), math.inf)
    seconds = len(cleaned) / rate
    faults: dict[str, float] = {}
    if seconds > cap_duration(expected.seconds):
        faults["too long"] = math.log(seconds / expected.seconds)
    if seconds < OMISSION_RATIO * expected.seconds - OMISSION_GRACE_S:
        faults["too short"] = 1.5 * math.log(expected.seconds / seconds)  # words that are missing are worse
    if (share := float(np.mean(np.abs(cleaned) >= CLIPPING_LEVEL))) > MAX_CLIPPED_SHARE:
        faults["clipped"] = 10.0 * share
    if not expected.ended:
        faults["no end"] = 0.5
    elif measure_end_level(raw, rate) > MAX_END_LEVEL_DB:
        faults["cut end"] = 0.4
    if not has_repeated_letters(expected.text, expected.seconds) and has_repetition(cleaned, rate):
        faults["repeated words"] = 0.6
    if expected.reference is not None and has_stretch_of(cleaned, expected.reference, rate, seconds=MIN_COPIED_S):
        faults["reference clip spoken"] = 2.0
    if expected.error is not None and expected.error > MAX_ERROR_RATE:
        faults["misheard"] = expected.error
    return Verdict(tuple(faults), sum(faults.values()))


def has_repeated_letters(text: str, seconds: float) -> bool:
    """True if the text itself says as many letters twice as the shortest repetition that is found lasts. `seconds`: its duration."""
    letters = fold_letters(text)
    length = max(2, round(MIN_REPEATED_S * len(letters) / max(seconds, 0.1)))
    return any(letters.find(letters[at : at + length], at + length) >= 0 for at in range(len(letters) - 2 * length + 1))


def has_words_of(text: str, transcript: str) -> bool:
    """True if a text and the transcript of a reference clip are the same words, or one contains the other and little more: a `No.`
    is in the letters of nearly every transcript.
    """
    shorter, longer = sorted((fold_letters(text), fold_letters(transcript)), key=len)
    return bool(shorter) and shorter in longer and len(shorter) >= MIN_COMMON_SHARE * len(longer)


def fold_letters(text: str) -> str:
    """Letters and digits of a text, without case, accents, spaces and punctuation."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if letter.isalnum())


def describe_faults(faults: tuple[str, ...], attempts: int) -> Note:
    """The note on a take whose attempts all had a fault."""
    return Note(
        f"Every one of {attempts} attempts had a fault, and the best is spoken; it is: {', '.join(faults)}", Severity.WARNING
    )
