"""What Whisper writes although nobody said it: loops, credits, text over silence. Pure rules over segments.

The batched decoder tells text, span and mean log probability only; what the signal holds there is measured beside it.
"""

import logging
import math
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from pipeline.engines.protocols import SPEECH_RATE, Wave
from pipeline.timeline import Span

log = logging.getLogger(__name__)

FRAME = SPEECH_RATE // 10  # samples: 0.1 s, shorter than a syllable's neighbourhood, longer than a click

SILENCE = -70.0  # dBFS in the loudest tenth of a second; a whisper has -50, dither -96
QUIET = 30.0  # dB under the utterance's loudest segment: what lies there is no dialogue that a film wants heard
UNSURE = -1.0  # mean log probability per token under which Whisper's authors decode again
FASTEST = 35.0  # letters per second; auctioneers reach 25
EDGE = 0.25  # seconds by which voice activity detection may clip a segment
DENSEST = 2.4  # size over compressed size, above which Whisper's authors take a text for a loop
ECHO = 5  # words; so many of the prompt's in its own order are no accident
REPEATS = 3  # of a phrase, or of a whole segment: a loop
SHORT_REPEATS = 6  # "No, no, no!" is said in earnest
SHORT_PHRASE = {True: 2, False: 5}  # tokens: words where words are spaced, else characters
LONGEST_PHRASE = 60  # tokens that a loop may take to come round

# Written under silence and music by what was learned from subtitles that end so. Few and plain, and they count only where
# hardly anything sounds or the decoder is unsure: people in films do give thanks.
CREDITS = re.compile(
    r"amara\.org|\bsubtitl(?:es|ed|ing) by\b|\b(?:captions?|transcri(?:bed|ption)) by\b"
    r"|\b(?:thanks|thank you) (?:so much )?for (?:watching|viewing)\b|\bplease subscribe\b|\b(?:like and|to) subscribe\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the decoder wrote for one stretch of speech. `level`: dBFS of its loudest tenth of a second.

    `logprob`: mean log probability per token, 0 for certain.
    """

    span: Span
    text: str
    logprob: float
    level: float


def level(wave: Wave) -> float:
    """RMS of the loudest tenth of a second, dBFS; -inf for digital silence."""
    frames = np.pad(wave, (0, -len(wave) % FRAME)).reshape(-1, FRAME)  # (tenths, samples)
    power = float(np.square(frames, dtype=np.float64).mean(axis=1).max(initial=0.0))
    return 10.0 * math.log10(power) if power > 0.0 else -math.inf


def guarded(heard: Sequence[Heard], *, prompt: str = "", spaced: bool = True) -> tuple[Heard, ...]:
    """What was said, in order. Each thing left out is logged with its reason. `spaced`: whether words stand apart."""
    loudest = max((each.level for each in heard), default=-math.inf)
    kept = []
    for each in heard:
        said = replace(each, text=unlooped(each.text, spaced=spaced))
        if said.text != each.text:
            _tell(each, "a loop, cut to one")
        if why := reason(said, quiet=said.level < loudest - QUIET, prompt=prompt):
            _tell(said, why)
        else:
            kept.append(said)
    return _unrepeated(kept)


def reason(heard: Heard, *, quiet: bool, prompt: str = "") -> str | None:
    """Why this was hardly said, None where it may have been. `quiet`: far under what else is said around."""
    letters = sum(character.isalnum() for character in heard.text)
    doubtful = quiet or heard.logprob < UNSURE
    rules = (
        (not letters, "no words"),
        (heard.level < SILENCE, "silence"),
        (letters / (heard.span.duration + 2 * EDGE) > FASTEST, "faster than anybody speaks"),
        (density(heard.text) > DENSEST, "a loop"),
        (doubtful and bool(CREDITS.search(heard.text)), "credits that nobody says"),
        (quiet and heard.logprob < UNSURE, "quiet, and unsure"),
        (echoes(heard.text, prompt), "an echo of the prompt"),
    )
    return next((why for holds, why in rules if holds), None)


def density(text: str) -> float:
    """Size over compressed size, of characters rather than bytes: a script of three bytes a letter is no loop."""
    numbers = {character: number for number, character in enumerate(dict.fromkeys(text))}
    coded = bytes(numbers[character] % 256 for character in text)
    return len(coded) / len(zlib.compress(coded, 9)) if coded else 0.0


def echoes(text: str, prompt: str) -> bool:
    """Whether the text is a piece of the prompt, long enough to be no accident."""
    words = _plain(text)
    return len(words) >= ECHO and f" {' '.join(words)} " in f" {' '.join(_plain(prompt))} "


def unlooped(text: str, *, spaced: bool = True) -> str:
    """The text with each loop cut: a phrase that comes three times in a row stays once, a short one of six times thrice."""
    tokens = text.split() if spaced else list(" ".join(text.split()))
    same = [_letters(token) or token for token in tokens]
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        length, times = _loop(same, at, SHORT_PHRASE[spaced])
        stay = REPEATS if length <= SHORT_PHRASE[spaced] else 1
        kept += tokens[at : at + length * (stay if times > 1 else 1)]
        at += length * times
    return (" " if spaced else "").join(kept)


def _loop(tokens: Sequence[str], at: int, short: int) -> tuple[int, int]:
    """The shortest loop that begins here, as (tokens, times); (1, 1) where none does."""
    for length in range(1, min(LONGEST_PHRASE, (len(tokens) - at) // REPEATS) + 1):
        phrase, times = tokens[at : at + length], 1
        while tokens[at + times * length : at + (times + 1) * length] == phrase:
            times += 1
        if times >= (SHORT_REPEATS if length <= short else REPEATS):
            return length, times
    return 1, 1


def _unrepeated(heard: Sequence[Heard]) -> tuple[Heard, ...]:
    """Runs of one and the same text over three segments or more: only the first stays."""
    kept: list[Heard] = []
    for _, run in groupby(heard, key=lambda each: _plain(each.text)):
        first, *others = run
        looped = len(others) >= REPEATS - 1
        for each in others if looped else ():
            _tell(each, "said word for word before")
        kept += [first] if looped else [first, *others]
    return tuple(kept)


def _plain(text: str) -> list[str]:
    """Words without case and punctuation."""
    return [letters for word in text.split() if (letters := _letters(word))]


def _letters(token: str) -> str:
    """Letters, marks and digits: Indic vowels are marks."""
    return "".join(character for character in token.casefold() if unicodedata.category(character)[0] in "LMN")


def _tell(heard: Heard, why: str) -> None:
    span = heard.span
    log.info("engine=whisperx at=%.2f..%.2f left out (%s): %.80s", span.start, span.end, why, heard.text)
