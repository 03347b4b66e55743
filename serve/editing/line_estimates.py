"""Estimates of edited texts by the synthesizer, within a second or two: by characters a second where it is busy with a dub."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import EngineError
from pipeline.line_synthesis import SpokenLine
from pipeline.takes.line_estimate import LineEstimate, estimate_line, predict_spoken_line
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Slot, Span
from serve.editing.editing_engines import ESTIMATE_LIMIT_S, EditingEngines
from serve.editing.speech_lookup import SpeechLookup, find_slot

NO_NUMBER = 0  # of a line that is not in the dub yet


@dataclass(frozen=True, slots=True)
class TextToEstimate:
    """A text for a line of the dub, by its number; or for a new line of a speaker, in `seconds`. `voice`: another than the speaker's."""

    text: str
    number: int | None = None
    speaker: str | None = None
    seconds: float | None = None
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates in the order of their texts. `trouble`: the reason why the synthesizer was not asked for all of them, "" for none."""

    lines: tuple[LineEstimate, ...]
    trouble: str = ""


@dataclass
class _Asking:
    """Questions to the synthesizer within one limit of time; after the first that fails, no other is asked."""

    engines: EditingEngines
    until: float
    trouble: str = ""

    def ask(self, spoken: SpokenLine) -> float | None:
        if not self.trouble and time.monotonic() > self.until:
            self.trouble = "the synthesizer took too long"
        if self.trouble:
            return None
        try:
            return predict_spoken_line(spoken, self.engines.estimator)
        except EngineError as error:
            self.trouble = str(error)
            return None


def estimate_texts(texts: Sequence[TextToEstimate], speech: SpeechLookup, engines: EditingEngines | None) -> Estimates:
    """Estimate texts of one dub. NotFound for an unknown line, EditRefused for an unknown voice."""
    found = [_find_line(text, speech) for text in texts]
    if engines is None:
        return Estimates(tuple(estimate_line(*each) for each in found), "no synthesizer is connected")
    with engines.reserve_estimate() as free:
        asking = _Asking(engines, time.monotonic() + ESTIMATE_LIMIT_S, "" if free else "the synthesizer is busy")
        return Estimates(tuple(estimate_line(*each, asking.ask) for each in found), asking.trouble)


def _find_line(text: TextToEstimate, speech: SpeechLookup) -> tuple[SpokenLine, Slot]:
    """The line that a text is for, as it would be spoken, and its slot."""
    if text.number is None:
        span = Span(0.0, text.seconds or 1.0)
        row = LineRow(
            NO_NUMBER, speech.language, text.speaker, span.start, span.end, span.end, "", "", "edit", 0.0, 0.0, 1.0, 1.0, ""
        )
        return speech.speak(row, text.text, voice=text.voice), Slot(span, span.end)
    row = speech.find_line(text.number)
    slot = find_slot(row)
    if text.seconds is not None:  # as an edit moves its end, before it is saved
        end = row.start + text.seconds
        slot = Slot(Span(row.start, end), max(end, slot.latest_end))
    return speech.speak(row, text.text, voice=text.voice, speaker=text.speaker), slot
