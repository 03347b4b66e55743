"""Delivery of the dubbed lines: how each differs from its speaker's usual pitch, pitch range and pace in this film.

Speakers keep their own voices: what a take gets is the difference of a line from the other lines of its speaker, damped and
bounded, and none at all where too little was measured.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.prosody.measure_prosody import SourceProsody
from pipeline.settings import FollowedProsody
from pipeline.timing.phrase_pauses import SourcePause
from pipeline.values.inflection import SEMITONES_PER_OCTAVE, Inflection
from pipeline.values.timeline import Segment

MIN_LINES = 5  # of a speaker, to know what is usual
MIN_VOICED_S = 0.4  # of a line, for its pitch
MIN_RANGE_VOICED_S = 0.8  # of a line, for its pitch range
MIN_SHIFT_SEMITONES, MAX_SHIFT_SEMITONES = 1.5, 2.0  # a smaller difference is no expression; a larger shift is another voice
SHIFT_SHARE, SHIFT_STEP_SEMITONES = 0.6, 0.5  # of the difference that a take follows; its steps
MIN_RANGE, MAX_RANGE, RANGE_STEP = 0.8, 1.3, 0.1  # of a voice's own pitch range
RANGE_EXPONENT = 0.5  # of the ratio of the ranges
MIN_PACE, MAX_PACE = 0.92, 1.1  # of a speaker's usual pace
MIN_PACE_LETTERS = 20  # of a line, for its pace: short lines are slow by their last syllable
MIN_PACE_CHANGE, PACE_EXPONENT = 0.05, 0.5  # a smaller change is not heard; of the ratio of the paces


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivery of one line. `pace`: letters a second against the speaker's usual ones; `inflection` None: the voice's own."""

    pauses: tuple[SourcePause, ...] = ()
    inflection: Inflection | None = None
    pace: float = 1.0


def plan_deliveries(
    segments: Sequence[Segment], measured: Sequence[SourceProsody], followed: FollowedProsody
) -> dict[int, Delivery]:
    """The delivery of each segment, by its number; `measured` runs parallel to the segments."""
    lines = [_Line(segment, prosody) for segment, prosody in zip(segments, measured, strict=True)]
    pitches = _compare_with_speaker(lines, _Line.find_pitch)
    ranges = _compare_with_speaker(lines, _Line.find_range)
    paces = _compare_with_speaker(lines, _Line.find_pace)
    return {
        line.segment.number: Delivery(
            line.prosody.pauses,
            _choose_inflection(pitches.get(n, 1.0), ranges.get(n, 1.0)) if followed.pitch else None,
            _choose_pace(paces.get(n, 1.0)) if followed.pace else 1.0,
        )
        for n, line in enumerate(lines)
    }


@dataclass(frozen=True, slots=True)
class _Line:
    """A segment with its prosody. Its properties are None where too little was measured."""

    segment: Segment
    prosody: SourceProsody

    def find_pitch(self) -> float | None:
        contour = self.prosody.pitch
        return contour.median if contour and contour.voiced_s >= MIN_VOICED_S else None

    def find_range(self) -> float | None:
        contour = self.prosody.pitch
        return contour.deviation if contour and contour.voiced_s >= MIN_RANGE_VOICED_S and contour.deviation > 0.0 else None

    def find_pace(self) -> float | None:
        letters = sum(character.isalnum() for character in self.segment.text)
        return letters / self.prosody.speech_s if letters >= MIN_PACE_LETTERS and self.prosody.speech_s > 0.0 else None


def _compare_with_speaker(lines: Sequence[_Line], measure: Callable[[_Line], float | None]) -> Mapping[int, float]:
    """Ratio of each line's measure to the median of its speaker's lines, by its place; of speakers with enough lines."""
    found: dict[str, dict[int, float]] = {}
    for n, line in enumerate(lines):
        if line.segment.speaker is not None and (value := measure(line)) is not None:
            found.setdefault(line.segment.speaker, {})[n] = value
    return {n: value / statistics.median(of.values()) for of in found.values() if len(of) >= MIN_LINES for n, value in of.items()}


def _choose_inflection(pitch: float, pitch_range: float) -> Inflection | None:
    """The inflection that follows these ratios to the usual pitch and range; None where it would be the voice's own."""
    semitones = SEMITONES_PER_OCTAVE * math.log2(pitch)
    shift = 0.0
    if abs(semitones) >= MIN_SHIFT_SEMITONES:
        shift = _round_to(min(max(SHIFT_SHARE * semitones, -MAX_SHIFT_SEMITONES), MAX_SHIFT_SEMITONES), SHIFT_STEP_SEMITONES)
    wide = _round_to(min(max(pitch_range**RANGE_EXPONENT, MIN_RANGE), MAX_RANGE), RANGE_STEP)
    chosen = Inflection(shift, wide)
    return None if chosen == Inflection() else chosen


def _choose_pace(ratio: float) -> float:
    """The pace that follows this ratio to the usual one."""
    pace = round(min(max(ratio**PACE_EXPONENT, MIN_PACE), MAX_PACE), 2)
    return pace if abs(pace - 1.0) >= MIN_PACE_CHANGE else 1.0


def _round_to(value: float, step: float) -> float:
    return round(round(value / step) * step, 3)
