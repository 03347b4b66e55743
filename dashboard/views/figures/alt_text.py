"""Alternative text of the figures, for screen readers and for pages that load the figures later. Imports no Bokeh."""

from collections.abc import Mapping, Sequence
from statistics import median

from dashboard.views import formatting
from dashboard.views.figures.label_text import format_count
from dashboard.views.figures.lanes import group_into_lanes, is_dubbed
from dashboard.views.figures.speech_rate import RATE_LIMITS, TOO_FAST_STEP, compute_relative_rate, find_rate_step
from pipeline.values.service_status import FinishedFilm
from pipeline.values.tasks import LineRow, StageRun, StageStatus

MAX_NAMED_SPEAKERS = 6
ON_TIME_WITHIN_S = 0.05  # a start offset that is not perceived
ALL_ORIGINAL = "All lines keep the original audio."


def describe_timeline(lines: Sequence[LineRow], *, names: Mapping[str, str] = {}, speakers: int | None = None) -> str:
    """Lines per speaker, and the speech rates of the dub. `speakers`: their number; None: of those with lines."""
    if not lines:
        return "This dub has no lines yet."
    lanes = group_into_lanes(lines, names)
    per_speaker = ", ".join(f"{lane.name} {lane.lines}" for lane in lanes[:MAX_NAMED_SPEAKERS])
    per_speaker += " and others" if len(lanes) > MAX_NAMED_SPEAKERS else ""
    shown = format_count(len({line.speaker for line in lines}) if speakers is None else speakers, "speaker")
    end = formatting.format_clock(max(line.end for line in lines))
    return f"{format_count(len(lines), 'line')} by {shown} up to {end}: {per_speaker}. {describe_speech_rates(lines)}"


def describe_speech_rates(lines: Sequence[LineRow]) -> str:
    """Number of dubbed lines, of those that are too fast, and the fastest one."""
    dubbed = [line for line in lines if is_dubbed(line)]
    if not dubbed:
        return ALL_ORIGINAL
    original = f", {len(lines) - len(dubbed)} with original audio" if len(dubbed) < len(lines) else ""
    too_fast = sum(find_rate_step(compute_relative_rate(line)) == TOO_FAST_STEP for line in dubbed)
    fastest = max(dubbed, key=compute_relative_rate)
    return (
        f"{len(dubbed)} dubbed{original}; {too_fast or 'none'} too fast ({RATE_LIMITS[-1]:g}× the natural rate and more);"
        f" fastest: line {fastest.number} at {compute_relative_rate(fastest):.2f}×."
    )


def describe_start_offsets(lines: Sequence[LineRow]) -> str:
    """Number of lines that start off their source line, and the largest offset."""
    dubbed = [line for line in lines if is_dubbed(line)]
    if not dubbed:
        return ALL_ORIGINAL
    off = [line for line in dubbed if abs(line.dub_start - line.start) > ON_TIME_WITHIN_S]
    if not off:
        return f"{len(dubbed)} of {format_count(len(dubbed), 'line')} on time."
    largest = max(off, key=lambda line: abs(line.dub_start - line.start))
    return (
        f"{len(off)} of {format_count(len(dubbed), 'line')} off their source's start; "
        f"largest offset: line {largest.number}, {abs(largest.dub_start - largest.start):.2f} s."
    )


def describe_isochrony(lines: Sequence[LineRow]) -> str:
    """Number of lines that last longer than their source, and the median ratio of durations."""
    dubbed = [line for line in lines if is_dubbed(line)]
    if not dubbed:
        return ALL_ORIGINAL
    longer = sum(line.dub_seconds > line.end - line.start + ON_TIME_WITHIN_S for line in dubbed)
    ratio = median(line.dub_seconds / (line.end - line.start) for line in dubbed)
    return f"{longer or 'None'} of {format_count(len(dubbed), 'line')} longer than the source; median duration: {ratio:.0%} of the source."


def describe_stages(runs: Sequence[StageRun]) -> str:
    """Number of stages, the longest and the failed ones."""
    if not runs:
        return "No stages yet."
    longest = max(runs, key=lambda run: run.seconds)
    reused = sum(run.cached for run in runs)
    failed = [formatting.format_stage(run.name) for run in runs if run.status is StageStatus.ERROR]
    name = formatting.format_stage(longest.name)
    name += f" ({formatting.format_language(longest.language)})" if longest.language else ""
    text = f"{format_count(len(runs), 'stage')}, {reused or 'none'} reused; longest: {name}, {formatting.format_duration(longest.seconds)}."
    return f"{text} Failed: {', '.join(failed)}." if failed else text


def describe_throughput(history: Sequence[FinishedFilm]) -> str:
    """Number of finished dubs, their duration, and the median processing time."""
    if not history:
        return "No finished dubs yet."
    dubs = formatting.format_duration(sum(done.film_seconds * done.languages for done in history))
    work = formatting.format_duration(60.0 * median(done.factor for done in history))
    return f"{format_count(len(history), 'video')} finished, {dubs} of dubbed video; median processing time per minute: {work}."
