"""Estimate of a line before it is dubbed: seconds at its voice's natural pace, against the time that the line has."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pipeline.engines.protocols import Synthesizer
from pipeline.engines.speakers.speech_duration import ask_duration
from pipeline.line_synthesis import SpokenLine
from pipeline.stages.plan_timing import MAX_STRETCH
from pipeline.stages.synthesize import is_speakable
from pipeline.text.speaking_rates import characters_per_second
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.timing.phrase_pauses import split_at_pauses
from pipeline.timing.timing_plan import RATES
from pipeline.values.timeline import Slot

MIN_FILLED_SHARE = 0.6  # of the line's span that its text fills at the slowest rate of the plan; under it a hole is heard


class Verdict(StrEnum):
    """Verdict on a text for its slot."""

    NOTHING_SPEAKABLE = "nothing_speakable"
    TOO_LONG = "too_long"
    SHORT = "short"
    OK = "ok"


class DurationSource(StrEnum):
    """Source of an estimated duration."""

    SYNTHESIZER = "synthesizer"  # its own prediction
    SPEAKING_RATE = "speaking_rate"  # characters a second of the language


@dataclass(frozen=True, slots=True)
class LineEstimate:
    """Estimate of a text. `seconds`: at the natural pace, pauses included; `slot_s`: of the line's span; `available_s`: with the
    silence that it may borrow. `rate`: at which it must be spoken to end in that time (1.0 natural). `characters_per_second`: so spoken.
    """

    seconds: float
    slot_s: float
    available_s: float
    rate: float
    characters_per_second: float
    verdict: Verdict
    source: DurationSource


AskDuration = Callable[[SpokenLine], float | None]


def estimate_line(spoken: SpokenLine, slot: Slot, ask: AskDuration = lambda spoken: None) -> LineEstimate:
    """Estimate a line. `ask`: the synthesizer's own prediction (`predict_spoken_line`); None where it has none."""
    text = verbalize(spoken.line.text, spoken.line.language)
    slot_s, available_s = slot.span.duration, slot.latest_end - slot.span.start
    if not is_speakable(text):
        return LineEstimate(0.0, slot_s, available_s, 1.0, 0.0, Verdict.NOTHING_SPEAKABLE, DurationSource.SPEAKING_RATE)
    predicted = ask(spoken)
    source = DurationSource.SPEAKING_RATE if predicted is None else DurationSource.SYNTHESIZER
    pauses_s = spoken.build_request().pauses_s
    natural_s = len(text) / characters_per_second(spoken.line.language) if predicted is None else predicted - pauses_s
    speech_s = natural_s / spoken.delivery.pace  # as the plan counts a line that is hasty in the source
    seconds = speech_s + pauses_s
    rate = max(1.0, seconds / available_s)
    return LineEstimate(
        seconds=seconds,
        slot_s=slot_s,
        available_s=available_s,
        rate=rate,
        characters_per_second=len(spoken.line.text) / (seconds / rate),
        verdict=_judge(seconds, slot_s, available_s),
        source=source,
    )


def _judge(seconds: float, slot_s: float, available_s: float) -> Verdict:
    if seconds > MAX_STRETCH * available_s:
        return Verdict.TOO_LONG
    return Verdict.SHORT if seconds / RATES[0] < MIN_FILLED_SHARE * slot_s else Verdict.OK


def predict_spoken_line(spoken: SpokenLine, synthesizer: Synthesizer) -> float | None:
    """Duration of a line at its voice's natural pace by the synthesizer's own prediction, pauses included; None where it has none.

    EngineError where it cannot be asked.
    """
    request = spoken.build_request()
    total = request.pauses_s
    for phrase in split_at_pauses(request.text, request.pauses):
        seconds = ask_duration(
            synthesizer, phrase, request.voice, language=spoken.line.language, pronunciations=request.pronunciations
        )
        if seconds is None:
            return None
        total += seconds
    return total
