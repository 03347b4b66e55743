"""Whisper hallucinations, found and removed: loops, credits, text over silence. Pure rules over segments.

The decoders of whisperx and faster-whisper tell text, span and mean log probability; the second also how likely nobody
speaks. What the signal holds there is measured beside it.
"""

import logging
import math
import re
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import fmean

import numpy as np

from pipeline.engines.protocols import Wave
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span, Word

log = logging.getLogger(__name__)

FRAME = SPEECH_RATE_HZ // 10  # samples: 0.1 s, shorter than a syllable's neighbourhood, longer than a click

SILENCE = -70.0  # dBFS in the loudest tenth of a second; a whisper has -50, dither -96
QUIET = 30.0  # dB under the utterance's loudest segment: what lies there is no dialogue that a film wants heard
NO_SPEECH = 0.6  # probability of no speech, over which Whisper's authors leave a text out that is unsure by UNSURE
NO_SPEECH_UNSURE = -0.5  # mean log probability; they take UNSURE, which lets through what the model writes over silence
UNSURE = -1.0  # mean log probability per token under which Whisper's authors decode again
FASTEST = 35.0  # letters per second; auctioneers reach 25
EDGE = 0.25  # seconds by which voice activity detection may clip a segment
DENSEST = 2.4  # size over compressed size, above which Whisper's authors take a text for a loop
ECHO = 5  # words; so many of the prompt's in its own order are no accident
REPEATS = 3  # of a phrase, or of a whole segment: a loop
SHORT_REPEATS = {True: 4, False: 6}  # "No, no, no!" is said in earnest; without spaces a number has its zeros
SHORT_PHRASE = {True: 2, False: 5}  # tokens: words where words are spaced, else characters
LONGEST_PHRASE = 60  # tokens that a loop may take to come round

SENTENCE_ENDS = frozenset(".!?…。！？।")
SENTENCE_PAUSE = 1.0  # seconds
LEAST_CONFIDENCE = 1e-4  # of a word, so that its logarithm is a number

# Written under silence and music by what was learned from subtitles that end so. Few and plain, and they count only where
# hardly anything sounds or the decoder is unsure: people in films do give thanks.
CREDITS = re.compile(
    r"amara\.org|\bsubtitl(?:es|ed|ing) by\b|\b(?:captions?|transcri(?:bed|ption)) by\b"
    r"|\b(?:thanks|thank you) (?:so much )?for (?:watching|viewing)\b|\bplease subscribe\b|\b(?:like and|to) subscribe\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DecodedSegment:
    """Decoded text of one stretch of speech. `level`: dBFS of its loudest tenth of a second.

    `logprob`: mean log probability per token, 0 for certain. `no_speech`: probability that nobody speaks, where it is known.
    """

    span: Span
    text: str
    logprob: float
    level: float
    no_speech: float = 0.0


def peak_level(wave: Wave) -> float:
    """RMS of the loudest tenth of a second, dBFS; -inf for digital silence."""
    frames = np.pad(wave, (0, -len(wave) % FRAME)).reshape(-1, FRAME)  # (tenths, samples)
    power = float(np.square(frames, dtype=np.float64).mean(axis=1).max(initial=0.0))
    return 10.0 * math.log10(power) if power > 0.0 else -math.inf


def remove_hallucinations(
    heard: Sequence[DecodedSegment], *, prompt: str = "", spaced: bool = True, engine: str = "whisperx"
) -> tuple[DecodedSegment, ...]:
    """Segments without hallucinations, in order. Each thing left out is logged with its reason. `spaced`: whether words stand apart."""
    loudest = max((each.level for each in heard), default=-math.inf)
    kept = []
    for each in heard:
        said = replace(each, text=cut_loops(each.text, spaced=spaced))
        if said.text != each.text:
            log_rejection(each, "a loop, cut to one", engine)
        if why := find_rejection_reason(said, quiet=said.level < loudest - QUIET, prompt=prompt):
            log_rejection(said, why, engine)
        else:
            kept.append(said)
    return _drop_repeats(kept, engine)


def remove_hallucinated_words(
    words: Sequence[Word], whole: DecodedSegment, *, level_of: Callable[[Span], float], prompt: str, spaced: bool, engine: str
) -> tuple[Word, ...]:
    """The words of one window that were said: loops cut, sentences left out that hardly were. `whole`: the window as one text.

    `level_of`: dBFS in a span of the film.
    """
    kept = [words[n] for n in find_tokens_outside_loops([word.text for word in words], spaced=spaced)]
    if len(kept) < len(words):
        log_rejection(whole, "a loop, cut to one", engine)
    whole = replace(whole, text=_join_texts(kept, spaced=spaced))
    if why := find_rejection_reason(whole, quiet=False, prompt=prompt):
        log_rejection(whole, why, engine)
        return ()
    sentences = _sentences(kept)
    heard = [_as_heard(sentence, level_of, spaced=spaced) for sentence in sentences]
    loudest = max((each.level for each in heard), default=-math.inf)
    said: list[Word] = []
    for sentence, each in zip(sentences, heard, strict=True):
        if why := find_rejection_reason(each, quiet=each.level < loudest - QUIET):
            log_rejection(each, why, engine)
        else:
            said += sentence
    return tuple(said)


def _sentences(words: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    """The words up to each full stop, or pause of a second."""
    sentences: list[list[Word]] = []
    for word in words:
        last = sentences[-1][-1] if sentences else None
        if last is None or last.text[-1] in SENTENCE_ENDS or word.span.start - last.span.end > SENTENCE_PAUSE:
            sentences.append([])
        sentences[-1].append(word)
    return tuple(map(tuple, sentences))


def _as_heard(words: Sequence[Word], level_of: Callable[[Span], float], *, spaced: bool) -> DecodedSegment:
    span = words[0].span.hull(words[-1].span)
    known = [math.log(max(word.confidence, LEAST_CONFIDENCE)) for word in words if word.confidence is not None]
    return DecodedSegment(span, _join_texts(words, spaced=spaced), fmean(known) if known else 0.0, level_of(span))


def _join_texts(words: Sequence[Word], *, spaced: bool) -> str:
    return (" " if spaced else "").join(word.text for word in words)


def find_rejection_reason(heard: DecodedSegment, *, quiet: bool, prompt: str = "") -> str | None:
    """Reason for taking this for a hallucination, None where it may have been. `quiet`: far under what else is said around."""
    letters = sum(character.isalnum() for character in heard.text)
    doubtful = quiet or heard.logprob < UNSURE
    rules = (
        (not letters, "no words"),
        (heard.level < SILENCE, "silence"),
        (heard.no_speech > NO_SPEECH and heard.logprob < NO_SPEECH_UNSURE, "nobody speaks there"),
        (letters / (heard.span.duration + 2 * EDGE) > FASTEST, "faster than anybody speaks"),
        (compression_ratio(heard.text) > DENSEST, "a loop"),
        (doubtful and bool(CREDITS.search(heard.text)), "credits that nobody says"),
        (quiet and heard.logprob < UNSURE, "quiet, and unsure"),
        (is_prompt_echo(heard.text, prompt), "an echo of the prompt"),
    )
    return next((why for holds, why in rules if holds), None)


def compression_ratio(text: str) -> float:
    """Size over compressed size, of characters rather than bytes: a script of three bytes a letter is no loop."""
    numbers = {character: number for number, character in enumerate(dict.fromkeys(text))}
    coded = bytes(numbers[character] % 256 for character in text)
    return len(coded) / len(zlib.compress(coded, 9)) if coded else 0.0


def is_prompt_echo(text: str, prompt: str) -> bool:
    """True where the text is a piece of the prompt, long enough to be no accident."""
    words = _plain(text)
    return len(words) >= ECHO and f" {' '.join(words)} " in f" {' '.join(_plain(prompt))} "


def cut_loops(text: str, *, spaced: bool = True) -> str:
    """The text with each loop cut: a phrase that comes three times in a row stays once, a short one of four times thrice."""
    tokens = text.split() if spaced else list(" ".join(text.split()))
    return (" " if spaced else "").join(tokens[n] for n in find_tokens_outside_loops(tokens, spaced=spaced))


def find_tokens_outside_loops(tokens: Sequence[str], *, spaced: bool = True) -> tuple[int, ...]:
    """The numbers of the tokens that stay where each loop is cut. Where words stand together, a short loop is of six times."""
    same = [_letters(token) or token for token in tokens]
    kept: list[int] = []
    at = 0
    while at < len(tokens):
        length, times = _loop(same, at, spaced=spaced)
        stay = REPEATS if length <= SHORT_PHRASE[spaced] else 1
        kept += range(at, at + length * (stay if times > 1 else 1))
        at += length * times
    return tuple(kept)


def _loop(tokens: Sequence[str], at: int, *, spaced: bool) -> tuple[int, int]:
    """The shortest loop that begins here, as (tokens, times); (1, 1) where none does."""
    for length in range(1, min(LONGEST_PHRASE, (len(tokens) - at) // REPEATS) + 1):
        phrase, times = tokens[at : at + length], 1
        while tokens[at + times * length : at + (times + 1) * length] == phrase:
            times += 1
        if times >= (SHORT_REPEATS[spaced] if length <= SHORT_PHRASE[spaced] else REPEATS):
            return length, times
    return 1, 1


def _drop_repeats(heard: Sequence[DecodedSegment], engine: str) -> tuple[DecodedSegment, ...]:
    """Runs of one and the same text over three segments or more: only the first stays."""
    kept: list[DecodedSegment] = []
    for _, run in groupby(heard, key=lambda each: _plain(each.text)):
        first, *others = run
        looped = len(others) >= REPEATS - 1
        for each in others if looped else ():
            log_rejection(each, "said word for word before", engine)
        kept += [first] if looped else [first, *others]
    return tuple(kept)


def _plain(text: str) -> list[str]:
    """Words without case and punctuation."""
    return [letters for word in text.split() if (letters := _letters(word))]


def _letters(token: str) -> str:
    """Letters, marks and digits: Indic vowels are marks."""
    return "".join(character for character in token.casefold() if unicodedata.category(character)[0] in "LMN")


def log_rejection(heard: DecodedSegment, why: str, engine: str) -> None:
    """Log what is left out, and why."""
    span = heard.span
    log.info("engine=%s at=%.2f..%.2f left out (%s): %.80s", engine, span.start, span.end, why, heard.text)
