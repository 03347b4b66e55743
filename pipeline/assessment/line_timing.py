"""Timing and pace of a dub's lines, summed up: speech overlap, onset error, fill and holes, effective rates, syllables a second."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.text.syllables import count_syllables
from pipeline.timing.timing_costs import FILLED_SHARE
from pipeline.values.dub_report import LineReport, Pace, Timing
from pipeline.values.timeline import Line, Placement

MAX_ONSET_ERROR_S = 0.3  # s a dubbed line may start off its source (Virkar et al. 2022 relax lines within 300 ms)
HEARD_OVERLAP_S = 0.001  # s; less overlap of two lines is rounding


def summarize_timing(lines: Sequence[LineReport]) -> Timing:
    """Timing over all lines, at least one, each with its `speech_overlap` and `fill`."""
    overlaps = [line.speech_overlap or 0.0 for line in lines]
    onsets = [abs(line.lateness) for line in lines]
    durations = [line.slot_end - line.slot_start for line in lines]
    fills = [line.fill or 0.0 for line in lines]
    return Timing(
        overlap=float(np.mean(overlaps)),
        overlap_median=float(np.median(overlaps)),
        onset_error_p50=float(np.percentile(onsets, 50)),
        onset_error_p95=float(np.percentile(onsets, 95)),
        late_share=sum(is_off_onset(line) for line in lines) / len(lines),
        fill=sum(min(1.0, fill) * each for fill, each in zip(fills, durations, strict=True)) / sum(durations),
        holes=sum(fill < FILLED_SHARE for fill in fills),
        hole_seconds=sum(compute_hole(line) for line in lines),
    )


def is_off_onset(line: LineReport) -> bool:
    """True if the line starts too early or too late to seem at one with its source."""
    return abs(line.lateness) > MAX_ONSET_ERROR_S + 1e-9


def compute_hole(line: LineReport) -> float:
    """Silence in seconds that a line leaves of its source's duration; 0.0 where it fills at least 95 %, or was not measured."""
    if line.fill is None or line.fill >= FILLED_SHARE:
        return 0.0
    return (1.0 - line.fill) * (line.slot_end - line.slot_start)


def compute_effective_rate(line: LineReport) -> float:
    """Speaking rate as it is heard: the synthesizer's rate times the stretch; 1.0 is the voice's natural pace."""
    return line.rate * line.stretch


def summarize_pace(lines: Sequence[LineReport]) -> Pace:
    """Pace over all lines, at least one."""
    low, middle, high = np.percentile([compute_effective_rate(line) for line in lines], [5, 50, 95])
    spoken = [(line.syllables_per_second, line.seconds) for line in lines]
    source = [(line.source_syllables_per_second, line.slot_end - line.slot_start) for line in lines]
    return Pace(float(low), float(middle), float(high), _average(spoken), _average(source))


def _average(rates: Iterable[tuple[float | None, float]]) -> float | None:
    """Mean of rates weighted by seconds; None where there is none."""
    known = [(rate, seconds) for rate, seconds in rates if rate is not None]
    total = sum(seconds for _, seconds in known)
    return sum(rate * seconds for rate, seconds in known) / total if total else None


def measure_syllable_rate(text: str, language: str, seconds: float) -> float | None:
    """Syllables a second of a spoken text, numbers written out; None in a language whose spelling does not tell."""
    count = count_syllables(verbalize(text, language), language)
    return count / seconds if count and seconds > 0.0 else None


def measure_source_rate(line: Line, language: str | None) -> float | None:
    """Syllables a second of the source line. `language`: of its text; None where that is not the text that is heard."""
    return measure_syllable_rate(line.segment.text, language, line.span.duration) if language else None


def measure_speaker_overlaps(placements: Sequence[Placement]) -> Mapping[int, float]:
    """Line number → seconds during which another line of its speaker sounds."""
    found = {placement.line.number: 0.0 for placement in placements}
    sounding: dict[str | None, list[Placement]] = {}
    for placement in sorted(placements, key=lambda each: each.start):
        others = [each for each in sounding.get(placement.line.segment.speaker, ()) if each.span.end > placement.start]
        for other in others:
            shared = placement.span.overlap(other.span)
            found[placement.line.number] += shared
            found[other.line.number] += shared
        sounding[placement.line.segment.speaker] = [*others, placement]
    return found
