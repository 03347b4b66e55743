"""Timeline layout: one lane per speaker, and the overview of the whole film in narrow strips."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.views import formatting
from dashboard.views.figures.label_text import truncate_text
from dashboard.views.figures.palette import Palette
from dashboard.views.figures.speech_rate import RATE_LABELS, compute_relative_rate, find_rate_step
from pipeline.values.tasks import LineRow

MAX_LANES = 16  # further speakers share the last one
STRIP_COUNT = 400
SLOT_AT, TAKE_AT = 0.28, 0.72  # vertical positions within a lane of height 1


@dataclass(frozen=True, slots=True)
class Lane:
    """Lane of one speaker, or the shared lane of several."""

    name: str
    speakers: tuple[str | None, ...]
    lines: int


def group_into_lanes(lines: Sequence[LineRow], names: Mapping[str, str]) -> tuple[Lane, ...]:
    """Lanes in the order of `names` (speaker label → display name), the first speaker first. Where there are too many, those with the
    least speaking time share one.
    """
    seconds: Counter[str | None] = Counter()
    counts = Counter(line.speaker for line in lines)
    for line in lines:
        seconds[line.speaker] += line.end - line.start  # type: ignore[assignment]  # typeshed counts in ints
    order = [speaker for speaker, _ in seconds.most_common()]
    alone = order if len(order) <= MAX_LANES else order[: MAX_LANES - 1]
    places = {label: place for place, label in enumerate(names)}
    alone = sorted(alone, key=lambda speaker: places.get(speaker or "", len(places)))
    found = [Lane(name_speaker(speaker, names), (speaker,), counts[speaker]) for speaker in alone]
    if rest := tuple(order[len(alone) :]):
        found.append(Lane(f"{len(rest)} others", rest, sum(counts[speaker] for speaker in rest)))
    return tuple(found)


def name_speaker(speaker: str | None, names: Mapping[str, str]) -> str:
    """Display name of a speaker; its label without one."""
    return "Unknown" if speaker is None else truncate_text(names.get(speaker) or speaker, 60)


def is_dubbed(line: LineRow) -> bool:
    """True for a line with a take; other lines keep the original audio."""
    return line.dub_seconds > 0.0


def build_columns(lines: Sequence[LineRow], lanes: Sequence[Lane], names: Mapping[str, str], palette: Palette) -> dict[str, Any]:
    """Columns with one row per line: its bars (`slot_y`, `take_y` in lanes from the top, the rest in seconds) and its tooltip.

    Numbers are arrays, which are serialized as binary: several times faster for a long film.
    """
    import numpy as np  # late: summaries need none of it

    place = {speaker: number for number, lane in enumerate(lanes) for speaker in lane.speakers}
    rows = [_build_row(line, place[line.speaker], name_speaker(line.speaker, names), palette) for line in lines]
    found = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    return {name: each if isinstance(each[0], str) else np.array(each) for name, each in found.items()}


def _build_row(line: LineRow, lane: int, name: str, palette: Palette) -> dict[str, object]:
    dubbed = is_dubbed(line)
    tone = palette.rates[find_rate_step(compute_relative_rate(line))] if dubbed else palette.slot
    return {
        "number": line.number,
        "slot_y": lane + SLOT_AT,
        "take_y": lane + TAKE_AT,
        "start": round(line.start, 3),
        "end": round(line.end, 3),
        "latest_end": round(line.latest_end, 3),
        "dubbed": dubbed,
        "dub_start": round(line.dub_start if dubbed else line.start, 3),
        "dub_end": round(line.dub_start + line.dub_seconds if dubbed else line.end, 3),  # lines that are not dubbed are hatched
        "rate": round(compute_relative_rate(line), 3) if dubbed else 0.0,
        "fill": tone.fill,
        "ink": tone.ink,
        "name": name,
        "summary": _describe_line(line),
        "source_text": truncate_text(line.source_text),
        "text": truncate_text(line.text),
    }


def _describe_line(line: LineRow) -> str:
    at = f"{formatting.format_clock(line.start)}, {line.end - line.start:.1f} s in the source"
    if not is_dubbed(line):
        return f"{at}; original audio kept"
    late = line.dub_start - line.start
    later = f", {late:.1f} s late" if late >= 0.05 else ""
    return f"{at}; dubbed in {line.dub_seconds:.1f} s{later}, {compute_relative_rate(line):.2f}× natural rate ({RATE_LABELS[find_rate_step(compute_relative_rate(line))]})"


def build_overview_strips(lines: Sequence[LineRow], duration: float, palette: Palette) -> dict[str, list[object]]:
    """Overview strips: share of speech (0..1) per strip, in the colour of its fastest line."""
    width = duration / STRIP_COUNT
    spoken, worst = [0.0] * STRIP_COUNT, [-1] * STRIP_COUNT
    for line in lines:
        hurry = find_rate_step(compute_relative_rate(line)) if is_dubbed(line) else -1
        first = min(STRIP_COUNT - 1, int(line.start / width))
        for strip in range(first, min(STRIP_COUNT, int(line.end / width) + 1)):
            shared = min(line.end, (strip + 1) * width) - max(line.start, strip * width)
            spoken[strip] += max(0.0, shared) / width
            worst[strip] = max(worst[strip], hurry)
    full = [strip for strip in range(STRIP_COUNT) if spoken[strip] > 0.0]
    return {
        "left": [round(strip * width, 3) for strip in full],
        "right": [round((strip + 1) * width, 3) for strip in full],
        "top": [round(min(1.0, spoken[strip]), 3) for strip in full],
        "fill": [palette.rates[worst[strip]].fill if worst[strip] >= 0 else palette.slot.fill for strip in full],
    }
