"""What the figures show, in sentences: for whoever cannot see them, and for pages that draw them later. Light to import."""

from collections.abc import Mapping, Sequence
from statistics import median

from dashboard.views import formatting
from dashboard.views.figures.label_text import format_count
from dashboard.views.figures.lanes import group_into_lanes, is_dubbed
from dashboard.views.figures.speech_rate import RATE_LABELS, format_rate_range, rate_step, relative_rate
from pipeline.values.service_status import Finished
from pipeline.values.tasks import LineRow, StageRun, StageStatus

MAX_NAMED_SPEAKERS = 6  # speakers
ON_TIME_WITHIN_S = 0.05  # s from its moment that nobody hears


def describe_timeline(lines: Sequence[LineRow], *, names: Mapping[str, str] = {}) -> str:
    """Who speaks how much, and how far the dub is pressed."""
    if not lines:
        return "This dub has no lines yet."
    found = group_into_lanes(lines, names)
    who = ", ".join(f"{lane.name} {lane.lines}" for lane in found[:MAX_NAMED_SPEAKERS])
    who += " and others" if len(found) > MAX_NAMED_SPEAKERS else ""
    speakers = format_count(len({line.speaker for line in lines}), "speaker")
    end = formatting.format_clock(max(line.end for line in lines))
    return f"{format_count(len(lines), 'line')} by {speakers} up to {end}: {who}. {describe_speech_rates(lines)}"


def describe_speech_rates(lines: Sequence[LineRow]) -> str:
    """How many lines are dubbed, how many are rushed, and which one most."""
    dubbed = [line for line in lines if is_dubbed(line)]
    if not dubbed:
        return "All lines are left to the original."
    left = f", {len(lines) - len(dubbed)} left to the original" if len(dubbed) < len(lines) else ""
    rushed = sum(rate_step(relative_rate(line)) == len(RATE_LABELS) - 1 for line in dubbed)
    most = max(dubbed, key=relative_rate)
    return (
        f"{len(dubbed)} dubbed{left}; {rushed or 'none'} {RATE_LABELS[-1]} ({format_rate_range(len(RATE_LABELS) - 1)} the natural pace);"
        f" the hardest is line {most.number} at {relative_rate(most):.2f}×."
    )


def describe_start_offsets(lines: Sequence[LineRow]) -> str:
    """How many lines start off their moment, and which one farthest."""
    dubbed = [line for line in lines if is_dubbed(line)]
    if not dubbed:
        return "All lines are left to the original."
    off = [line for line in dubbed if abs(line.dub_start - line.start) > ON_TIME_WITHIN_S]
    if not off:
        return f"Every one of {format_count(len(dubbed), 'line')} starts on its moment."
    far = max(off, key=lambda line: abs(line.dub_start - line.start))
    return f"{len(off)} of {len(dubbed)} lines start off their moment, line {far.number} most: by {abs(far.dub_start - far.start):.2f} s."


def describe_isochrony(lines: Sequence[LineRow]) -> str:
    """How many lines last longer than in the film."""
    dubbed = [line for line in lines if is_dubbed(line)]
    if not dubbed:
        return "All lines are left to the original."
    longer = sum(line.dub_seconds > line.end - line.start + ON_TIME_WITHIN_S for line in dubbed)
    ratio = median(line.dub_seconds / (line.end - line.start) for line in dubbed)
    return f"{longer or 'None'} of {len(dubbed)} lines last longer than in the film; in the median they take {ratio:.0%} of its time."


def describe_stages(runs: Sequence[StageRun]) -> str:
    """How many stages ran, which took longest, which failed."""
    if not runs:
        return "No stage has run yet."
    longest = max(runs, key=lambda run: run.seconds)
    cached = sum(run.cached for run in runs)
    failed = [formatting.format_stage(run.name) for run in runs if run.status is StageStatus.ERROR]
    named = formatting.format_stage(longest.name) + (
        f" ({formatting.format_language(longest.language)})" if longest.language else ""
    )
    told = f"{format_count(len(runs), 'stage')}, {cached or 'none'} from the cache; the longest: {named}, {formatting.format_duration(longest.seconds)}."
    return f"{told} Failed: {', '.join(failed)}." if failed else told


def describe_throughput(history: Sequence[Finished]) -> str:
    """How much was dubbed, and how fast."""
    if not history:
        return "No film has been finished yet."
    dubs = formatting.format_duration(sum(done.film_seconds * done.languages for done in history))
    work = formatting.format_duration(60.0 * median(done.factor for done in history))
    return f"{format_count(len(history), 'film')} finished, {dubs} of dubs; in the median a minute of dub takes {work} of work."
