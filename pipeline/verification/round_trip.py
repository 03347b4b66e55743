"""Round trip of takes: recognition in windows by voice, and alone where a take is suspect.

Takes of one voice share a window: between two voices Whisper leaves out sentences of the one that is harder to understand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.audio.take_ending import measure_end_level
from pipeline.audio.take_windows import WINDOW_S, group_takes
from pipeline.engines.protocols import Transcriber
from pipeline.engines.speakers import audio_input
from pipeline.runner import Runner
from pipeline.settings import TakeVerification
from pipeline.stages.synthesize import SynthesisRequest
from pipeline.text import languages
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.text.word_errors import divide_heard_words, split_spellings
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Line, Take
from pipeline.verification.judgement import Judgement, judge_take
from pipeline.verification.pronounced_terms import spell_terms_as_heard
from pipeline.verification.pronunciations import pronounce_words
from pipeline.verification.recognize_takes import recognize_takes


@dataclass(frozen=True, slots=True)
class Rendition:
    """A line with its synthesis request and its take."""

    line: Line
    request: SynthesisRequest
    take: Take


def is_verified(target: str, transcriber: Transcriber, verification: TakeVerification) -> bool:
    """True if takes in a language are recognised. `auto` leaves out recognisers that adapt to one speaker (pocketsphinx), whose own
    errors would hide those of the takes.
    """
    if verification is TakeVerification.OFF or not (transcriber.across_speakers or verification is TakeVerification.ALL):
        return False
    known: Any = transcriber.languages
    return languages.is_among(target, known() if callable(known) else known)  # a class of one's own may find them out


def judge_in_windows(
    renditions: Sequence[Rendition], transcriber: Transcriber, run: Runner, *, previewed: range = range(0)
) -> tuple[Judgement, ...]:
    """Judge takes, recognised in windows of one voice each, in order.

    `previewed`: numbers of the lines that were dubbed by themselves before; they have the windows that they had there.
    """
    longest = min(WINDOW_S, transcriber.longest_utterance)
    places = [_place_line(each.line.number, previewed) for each in renditions]
    groups = _group_by_voice(renditions, [is_previewed for is_previewed, _ in places])
    seconds = [each.take.seconds for each in renditions]
    windows = [
        group[part]
        for group in groups
        for part in group_takes([places[n][1] for n in group], [seconds[n] for n in group], longest=longest)
    ]
    texts = run.each(recognize_takes, [tuple(renditions[n].take.audio for n in window) for window in windows], transcriber)
    heard: dict[int, str] = {}
    for window, text in zip(windows, texts, strict=True):
        heard |= zip(window, _divide_window([renditions[n] for n in window], text), strict=True)
    return judge_heard(renditions, [heard[n] for n in range(len(renditions))])


def judge_alone(renditions: Sequence[Rendition], transcriber: Transcriber, run: Runner) -> tuple[Judgement, ...]:
    """Judge takes that are recognised one by one: no neighbour confuses the recogniser, and none helps it."""
    texts = run.each(recognize_takes, [(each.take.audio,) for each in renditions], transcriber)
    return judge_heard(renditions, list(texts))


def judge_heard(renditions: Sequence[Rendition], texts: Sequence[str]) -> tuple[Judgement, ...]:
    """Judge takes of one language by their recognised texts and by the sound of their ends."""
    language = renditions[0].line.language
    spoken = [
        spell_terms_as_heard(each.request.text, heard, each.request.pronunciations, language)
        for each, heard in zip(renditions, texts, strict=True)
    ]
    words = {word for text in (*spoken, *texts) for word in split_spellings(verbalize(text, language))}
    pronunciations = pronounce_words(words, language)
    return tuple(
        judge_take(text, heard, language, end_level=_measure_end(each.take), pronunciations=pronunciations or None)
        for each, text, heard in zip(renditions, spoken, texts, strict=True)
    )


def _measure_end(take: Take) -> float:
    """Level of a take's last sound, in dB relative to its speech."""
    return measure_end_level(np.concatenate(list(audio_input.read_blocks(take.audio.path))), SPEECH_RATE_HZ)


def _place_line(number: int, previewed: range) -> tuple[bool, int]:
    """True for a line of the preview, and its number there; False, and its number, for the others."""
    return (True, number - previewed.start + 1) if number in previewed else (False, number)


def _group_by_voice(renditions: Sequence[Rendition], previewed: Sequence[bool]) -> list[list[int]]:
    """Indices of the takes of each voice, those of a preview by themselves."""
    groups: dict[tuple[bool, str, str | None], list[int]] = {}
    for n, (each, is_previewed) in enumerate(zip(renditions, previewed, strict=True)):
        voice = each.request.voice
        groups.setdefault((is_previewed, voice.name, voice.reference.digest if voice.reference else None), []).append(n)
    return list(groups.values())


def _divide_window(renditions: Sequence[Rendition], text: str) -> tuple[str, ...]:
    """The part of a window's text that belongs to each of its takes."""
    language = renditions[0].line.language
    spoken = [split_spellings(verbalize(each.request.text, language)) for each in renditions]
    return tuple(map(" ".join, divide_heard_words(spoken, split_spellings(verbalize(text, language)))))
