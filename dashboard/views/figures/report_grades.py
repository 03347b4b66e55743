"""Grades of a dub's quality metrics in its report: values in words, good, fair or bad by thresholds. Imports no Bokeh."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dashboard.views import formatting
from dashboard.views.figures.verdicts import Metric, Verdict, find_worst, judge_lower_bound, judge_upper_bound
from dashboard.views.figures.word_grades import grade_words
from pipeline.assessment.line_timing import MAX_ONSET_ERROR_S
from pipeline.assessment.processing_cost import ProcessingCost
from pipeline.assessment.report_risks import find_word_errors
from pipeline.assessment.speech_overlap import HUMAN_MEAN, HUMAN_MEDIAN
from pipeline.timing.timing_costs import FILLED_SHARE

MAX_HOLE_SHARE = 0.03  # of the source's speech that may be silent in the dub


def describe_report(report: Mapping[str, Any]) -> tuple[Metric, ...]:
    """Quality metrics of a whole dub. `report`: a `pipeline.values.dub_report.Report` as JSON, as it is stored and answered; what an
    older version did not measure is left out.
    """
    metrics = [*grade_words(report, find_word_errors(report)), *_measure_signal(report), *_measure_extremes(report)]
    timing, pace, voices = (report.get(name) for name in ("timing", "pace", "voices"))
    metrics += _measure_timing(timing, report["lines"]) if timing else ()
    metrics += _measure_pace(pace) if pace else ()
    metrics += _measure_voices(voices) if voices else ()
    if (change := report.get("background_change")) is not None:
        meaning = "Median level of the sound under the dubbed lines against the original's, the voices taken out of both."
        metrics.append(Metric("Background", f"{change:+.1f} dB", judge_upper_bound(abs(change), 2.0, 4.0), meaning))
    return tuple(metrics)


def _measure_signal(report: Mapping[str, Any]) -> Iterable[Metric]:
    peak, kept, difference = (report[name] for name in ("true_peak", "streams_kept", "duration_difference"))
    yield _measure_loudness(report["loudness"], report["original_loudness"])
    meaning = "Highest peak between samples (ITU-R BS.1770)."
    yield Metric("True peak", f"{_format_level(peak, 'dBTP')} (max -1.5)", judge_upper_bound(peak, -1.45, -1.0), meaning)
    meaning = "Picture, audio, subtitles, chapters and attachments of the film, compared with those in the dubbed file."
    yield Metric("Original streams", "all kept" if kept else "not all kept", Verdict.GOOD if kept else Verdict.BAD, meaning)
    length = "same as source" if abs(difference) < 0.05 else f"{abs(difference):.2f} s off source"
    yield Metric(
        "Duration", length, judge_upper_bound(abs(difference), 0.1, 0.5), "Length of the dubbed film against the original's."
    )


def _measure_extremes(report: Mapping[str, Any]) -> Iterable[Metric]:
    offset, stretch, overlaps = (report[name] for name in ("max_lateness", "max_stretch", "overlaps"))
    meaning = "Largest distance of a line's start from its source's."
    yield Metric("Max start offset", formatting.format_duration(offset), judge_upper_bound(offset, 0.5, 1.5), meaning)
    meaning = "Spoken time of a take over the time that it is given; up to 1.2 goes unheard."
    yield Metric("Max time stretch", f"{stretch:.2f}× (limit 1.25×)", judge_upper_bound(stretch, 1.1, 1.2505), meaning)
    meaning = "Lines that sound while another of the same speaker does."
    yield Metric("Overlapping lines", f"{overlaps} of {len(report['lines'])}", judge_upper_bound(overlaps, 0, 0), meaning)


def describe_cost(cost: ProcessingCost | None) -> Metric | None:
    """Processing cost of a dub per hour of film; None where it is not known. It has no verdict of its own."""
    if cost is None:
        return None
    meaning = "CPU- and GPU-seconds of all stages, their engines' processes included, without a language model's server"
    if not cost.computed:
        return Metric("Processing cost", "reused from the cache", Verdict.GOOD, f"{meaning}; all answers came from the cache.")
    elapsed = f"{formatting.format_duration(cost.seconds_per_hour)} elapsed"
    used = (("CPU-s", cost.cpu_seconds_per_hour), ("GPU-s", cost.gpu_seconds_per_hour))
    parts = [f"{seconds:,.0f} {unit}" for unit, seconds in used if seconds]
    reused = (
        f"; {cost.reused:,} of {cost.computed + cost.reused:,} answers came from the cache, and cost nothing"
        if cost.reused
        else ""
    )
    value = f"{', '.join([*parts, elapsed])} per hour of film"
    return Metric("Processing cost", value, Verdict.GOOD, f"{meaning}{reused}.")


def _measure_timing(timing: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Iterable[Metric]:
    yield Metric(
        "Speech overlap",
        f"{timing['overlap']:.2f} (human dubs {HUMAN_MEAN:.2f})",
        judge_lower_bound(timing["overlap"], HUMAN_MEAN, 0.5),
        "Time in which source and dub both speak over the time in which either does, mean over the lines; after Brannon, Virkar and "
        f"Thompson (TACL 2023), who found a mean of {HUMAN_MEAN} and a median of {HUMAN_MEDIAN} in human dubs. "
        f"Median here: {timing['overlap_median']:.2f}.",
    )
    middle, high = timing["onset_error_p50"], timing["onset_error_p95"]
    yield Metric(
        "Onset error",
        f"{middle:.2f} s, p95 {high:.2f} s",
        judge_upper_bound(high, MAX_ONSET_ERROR_S, 1.0),
        "Distance of a line's start from its source's, early or late: median, and the 95th percentile.",
    )
    share = timing["late_share"]
    yield Metric(
        f"Over {MAX_ONSET_ERROR_S:g} s off",
        f"{share:.0%} of lines",
        judge_upper_bound(share, 0.05, 0.2),
        "Lines that start early or late.",
    )
    yield Metric(
        "Fill",
        f"{timing['fill']:.0%}",
        judge_lower_bound(timing["fill"], FILLED_SHARE, 0.85),
        "Spoken time over the source's duration.",
    )
    holes, source_seconds = timing["holes"], sum(line["slot_end"] - line["slot_start"] for line in lines)
    yield Metric(
        "Holes",
        f"{holes} of {len(lines)}, {formatting.format_duration(timing['hole_seconds'])}",
        judge_upper_bound(timing["hole_seconds"] / source_seconds, MAX_HOLE_SHARE, 0.1),
        f"Lines that fill less than {FILLED_SHARE:.0%} of their source, and the silence that they leave.",
    )


def _measure_pace(pace: Mapping[str, Any]) -> Iterable[Metric]:
    low, middle, high = (pace[name] for name in ("rate_p5", "rate_p50", "rate_p95"))
    verdict = find_worst(judge_upper_bound(high, 1.2, 1.25), judge_lower_bound(low, 0.9, 0.85))
    meaning = "Spoken pace over the voice's natural one: median, and 5th to 95th percentile."
    yield Metric("Speech rate", f"{middle:.2f}× ({low:.2f} to {high:.2f})", verdict, meaning)
    spoken, source = pace["syllables_per_second"], pace["source_syllables_per_second"]
    if spoken is not None:
        value = f"{spoken:.1f}/s" + (f" (source {source:.1f}/s)" if source is not None else "")
        yield Metric("Syllables", value, judge_upper_bound(spoken, 7.5, 8.5), "Syllables a second, counted by spelling.")


def _measure_voices(voices: Mapping[str, Any]) -> Iterable[Metric]:
    own, nearest = voices["own"], voices["nearest"]
    value = f"{own:.2f}" + (f" (nearest other {nearest:.2f})" if nearest is not None else "")
    verdict = judge_lower_bound(own - nearest if nearest is not None else own, 0.05, 0.0)
    meaning = f"Cosine of speaker embeddings of a take and the other takes of its voice, median over {voices['lines']:,} lines of 1.6 s and more."
    yield Metric("Voice similarity", value, verdict, meaning)


def _measure_loudness(dub: float, original: float) -> Metric:
    """Integrated loudness against the original's; EBU R128 allows 0.5 LU around the target, 1 LU for live programmes."""
    value = f"{_format_level(dub, 'LUFS')} (original {_format_level(original, 'LUFS')})"
    off = 0.0 if dub == original else abs(dub - original)  # two silences are alike, though their difference is no number
    meaning = "Integrated loudness (EBU R128), which follows the original's."
    return Metric("Loudness", value, judge_upper_bound(off, 0.55, 1.05), meaning)


def _format_level(decibels: float, unit: str) -> str:
    return f"{decibels:.1f} {unit}" if math.isfinite(decibels) else "silence"
