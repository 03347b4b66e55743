"""Round trip of takes: recognition in windows by voice, and alone where a take is suspect.

Takes of one voice share a window: between two voices Whisper leaves out sentences of the one that is harder to understand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.audio.take_windows import WINDOW_S, group_takes
from pipeline.engines.protocols import Transcriber
from pipeline.runner import Runner
from pipeline.settings import TakeVerification
from pipeline.stages.synthesize import SynthesisRequest
from pipeline.text import languages
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.text.word_errors import divide_heard_words, split_words
from pipeline.values.timeline import Line, Take
from pipeline.verification.judgement import Judgement, judge_take
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
    found: dict[int, Judgement] = {}
    for window, text in zip(windows, texts, strict=True):
        found |= zip(window, _judge_window([renditions[n] for n in window], text), strict=True)
    return tuple(found[n] for n in range(len(renditions)))


def judge_alone(renditions: Sequence[Rendition], transcriber: Transcriber, run: Runner) -> tuple[Judgement, ...]:
    """Judge takes that are recognised one by one: no neighbour confuses the recogniser, and none helps it."""
    texts = run.each(recognize_takes, [(each.take.audio,) for each in renditions], transcriber)
    return tuple(judge_take(each.request.text, text, each.line.language) for each, text in zip(renditions, texts, strict=True))


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


def _judge_window(renditions: Sequence[Rendition], text: str) -> tuple[Judgement, ...]:
    language = renditions[0].line.language
    spoken = [split_words(verbalize(each.request.text, language)) for each in renditions]
    parts = divide_heard_words(spoken, split_words(verbalize(text, language)))
    return tuple(judge_take(each.request.text, " ".join(part), language) for each, part in zip(renditions, parts, strict=True))
