"""Hallucination filter for Whisper: loops, credits, and text over silence are detected and removed. Pure rules over segments.

The decoders of whisperx and faster-whisper give text, span and mean log probability; the second also the probability of no
speech. The level of the signal is measured separately.
"""

import logging
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import fmean

import numpy as np

from pipeline.engines.protocols import Wave
from pipeline.engines.whisper.text_loops import (
    MAX_COMPRESSION_RATIO,
    MIN_REPEATS,
    compute_compression_ratio,
    cut_loops,
    find_tokens_outside_loops,
    strip_punctuation,
)
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span, Word

log = logging.getLogger(__name__)

FRAME_SAMPLES = SPEECH_RATE_HZ // 10  # 0.1 s: shorter than two syllables, longer than a click

SILENCE_DBFS = -70.0  # in the loudest tenth of a second; a whisper has -50, dither -96
QUIET_DB = 30.0  # under the utterance's loudest segment: such speech is no intended dialogue
MAX_NO_SPEECH = 0.6  # probability of no speech, over which Whisper's authors leave a text under MIN_LOGPROB out
MIN_NO_SPEECH_LOGPROB = -0.5  # they take MIN_LOGPROB, which passes text that the model writes over silence
MIN_LOGPROB = -1.0  # mean log probability per token under which Whisper's authors decode again
MAX_LETTERS_PER_S = 35.0  # auctioneers reach 25
VAD_EDGE_S = 0.25  # by which voice activity detection may clip a segment
MIN_ECHO_WORDS = 5  # so many words of the prompt in its order are no accident

SENTENCE_ENDS = frozenset(".!?…。！？।")
SENTENCE_PAUSE_S = 1.0
MIN_CONFIDENCE = 1e-4  # of a word, so that its logarithm is finite

# Written over silence and music, because training subtitles end like that. They count only for quiet or uncertain segments:
# people in films do give thanks.
CREDITS = re.compile(
    r"amara\.org|\bsubtitl(?:es|ed|ing) by\b|\b(?:captions?|transcri(?:bed|ption)) by\b"
    r"|\b(?:thanks|thank you) (?:so much )?for (?:watching|viewing)\b|\bplease subscribe\b|\b(?:like and|to) subscribe\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DecodedSegment:
    """Decoded text of one stretch of speech. `level`: dBFS of its loudest tenth of a second.

    `logprob`: mean log probability per token, 0 for certain. `no_speech`: probability of no speech, 0.0 where it is unknown.
    """

    span: Span
    text: str
    logprob: float
    level: float
    no_speech: float = 0.0


def measure_peak_level(wave: Wave) -> float:
    """Measure the RMS of the loudest tenth of a second, in dBFS; -inf for digital silence."""
    frames = np.pad(wave, (0, -len(wave) % FRAME_SAMPLES)).reshape(-1, FRAME_SAMPLES)  # (tenths, samples)
    power = float(np.square(frames, dtype=np.float64).mean(axis=1).max(initial=0.0))
    return 10.0 * math.log10(power) if power > 0.0 else -math.inf


def remove_hallucinations(
    heard: Sequence[DecodedSegment], *, prompt: str = "", spaced: bool = True, engine: str = "whisperx"
) -> tuple[DecodedSegment, ...]:
    """Remove hallucinations from segments in order; each removal is logged with its reason. `spaced`: True if words are separated by spaces."""
    loudest = max((each.level for each in heard), default=-math.inf)
    kept = []
    for each in heard:
        said = replace(each, text=cut_loops(each.text, spaced=spaced))
        if said.text != each.text:
            log_rejection(each, "a loop, cut to one", engine)
        if why := find_rejection_reason(said, quiet=said.level < loudest - QUIET_DB, prompt=prompt):
            log_rejection(said, why, engine)
        else:
            kept.append(said)
    return _drop_repeats(kept, engine)


def remove_hallucinated_words(
    words: Sequence[Word], whole: DecodedSegment, *, level_of: Callable[[Span], float], prompt: str, spaced: bool, engine: str
) -> tuple[Word, ...]:
    """Remove hallucinated words from one window: loops are cut, unlikely sentences left out. `whole`: the window as one segment.

    `level_of`: dBFS in a span of the film.
    """
    kept = [words[n] for n in find_tokens_outside_loops([word.text for word in words], spaced=spaced)]
    if len(kept) < len(words):
        log_rejection(whole, "a loop, cut to one", engine)
    whole = replace(whole, text=_join_texts(kept, spaced=spaced))
    if why := find_rejection_reason(whole, quiet=False, prompt=prompt):
        log_rejection(whole, why, engine)
        return ()
    sentences = _split_sentences(kept)
    heard = [_to_segment(sentence, level_of, spaced=spaced) for sentence in sentences]
    loudest = max((each.level for each in heard), default=-math.inf)
    said: list[Word] = []
    for sentence, each in zip(sentences, heard, strict=True):
        if why := find_rejection_reason(each, quiet=each.level < loudest - QUIET_DB):
            log_rejection(each, why, engine)
        else:
            said += sentence
    return tuple(said)


def _split_sentences(words: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    """Split words into sentences, at each full stop or pause of a second."""
    sentences: list[list[Word]] = []
    for word in words:
        last = sentences[-1][-1] if sentences else None
        if last is None or last.text[-1] in SENTENCE_ENDS or word.span.start - last.span.end > SENTENCE_PAUSE_S:
            sentences.append([])
        sentences[-1].append(word)
    return tuple(map(tuple, sentences))


def _to_segment(words: Sequence[Word], level_of: Callable[[Span], float], *, spaced: bool) -> DecodedSegment:
    span = words[0].span.hull(words[-1].span)
    known = [math.log(max(word.confidence, MIN_CONFIDENCE)) for word in words if word.confidence is not None]
    return DecodedSegment(span, _join_texts(words, spaced=spaced), fmean(known) if known else 0.0, level_of(span))


def _join_texts(words: Sequence[Word], *, spaced: bool) -> str:
    return (" " if spaced else "").join(word.text for word in words)


def find_rejection_reason(heard: DecodedSegment, *, quiet: bool, prompt: str = "") -> str | None:
    """Find the reason to reject a segment as a hallucination; None to keep it. `quiet`: far below the level of the other segments."""
    letters = sum(character.isalnum() for character in heard.text)
    doubtful = quiet or heard.logprob < MIN_LOGPROB
    rules = (
        (not letters, "no words"),
        (heard.level < SILENCE_DBFS, "silence"),
        (heard.no_speech > MAX_NO_SPEECH and heard.logprob < MIN_NO_SPEECH_LOGPROB, "nobody speaks there"),
        (letters / (heard.span.duration + 2 * VAD_EDGE_S) > MAX_LETTERS_PER_S, "faster than anybody speaks"),
        (compute_compression_ratio(heard.text) > MAX_COMPRESSION_RATIO, "a loop"),
        (doubtful and bool(CREDITS.search(heard.text)), "credits that nobody says"),
        (quiet and heard.logprob < MIN_LOGPROB, "quiet, and unsure"),
        (is_prompt_echo(heard.text, prompt), "an echo of the prompt"),
    )
    return next((why for holds, why in rules if holds), None)


def is_prompt_echo(text: str, prompt: str) -> bool:
    """True if the text is a part of the prompt, and too long for an accident."""
    words = _split_words(text)
    return len(words) >= MIN_ECHO_WORDS and f" {' '.join(words)} " in f" {' '.join(_split_words(prompt))} "


def _drop_repeats(heard: Sequence[DecodedSegment], engine: str) -> tuple[DecodedSegment, ...]:
    """Keep only the first segment of a run of three or more with the same text."""
    kept: list[DecodedSegment] = []
    for _, run in groupby(heard, key=lambda each: _split_words(each.text)):
        first, *others = run
        looped = len(others) >= MIN_REPEATS - 1
        for each in others if looped else ():
            log_rejection(each, "said word for word before", engine)
        kept += [first] if looped else [first, *others]
    return tuple(kept)


def _split_words(text: str) -> list[str]:
    """Split a text into words without case and punctuation."""
    return [letters for word in text.split() if (letters := strip_punctuation(word))]


def log_rejection(heard: DecodedSegment, why: str, engine: str) -> None:
    """Log a removed segment and the reason."""
    span = heard.span
    log.info("engine=%s at=%.2f..%.2f left out (%s): %.80s", engine, span.start, span.end, why, heard.text)
