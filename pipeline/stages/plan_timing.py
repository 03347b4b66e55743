"""fit: start, stretch and slot of every take on the film's time axis (isochrony).

The timing plan (`pipeline.timing.timing_plan`) chose each line's duration before it was spoken; here it is made again with the
durations that the takes have. A take that is still too long is stretched, never beyond 1.25; no word is cut, and no two lines
of one speaker overlap.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.ffmpeg import time_stretch
from pipeline.runner import stage
from pipeline.timing.timing_plan import BREATH_S, MAX_BORROWED_S, LineToPlan, Wording, plan_lines
from pipeline.values.timeline import Line, Placement, Segment, Slot, Span, Take

MAX_STRETCH = 1.25  # beyond it speech sounds rushed; up to 1.2 nobody hears it
STRETCHES = (1.0, 1.05, 1.1, 1.15, 1.2, MAX_STRETCH)


def compute_slots(segments: Sequence[Segment], duration: float) -> tuple[Slot, ...]:
    """The slot of every segment, in a film of `duration` seconds. Silence is lent up to the next speaker."""
    starts = sorted(segment.span.start for segment in segments)
    found = []
    for segment in segments:
        end = segment.span.end
        following = starts[at] if (at := bisect_left(starts, end)) < len(starts) else duration
        found.append(Slot(segment.span, max(end, min(following - BREATH_S, end + MAX_BORROWED_S, duration))))
    return tuple(found)


@stage(version=2, name="fit")
def plan_timing(
    lines: tuple[Line, ...],
    takes: tuple[Take, ...],
    slots: tuple[Slot, ...],
    *,
    duration: float,
    kept: tuple[Span, ...],
    workdir: Path,
) -> tuple[Placement, ...]:
    """Place each line's take in a film of `duration` seconds, stretched where it must be.

    Lines, takes and slots run in parallel; so does the answer. `kept`: spans of lines that keep the original audio.
    """
    return tuple(
        placed if placed.stretch == 1.0 else _stretch_take(placed, workdir)
        for placed in place_lines(lines, takes, slots, duration=duration, kept=kept)
    )


def place_lines(
    lines: Sequence[Line], takes: Sequence[Take], slots: Sequence[Slot], *, duration: float, kept: Sequence[Span] = ()
) -> tuple[Placement, ...]:
    """Start and stretch of each line at least cost; its take is not stretched yet."""
    plan = plan_lines(
        [
            LineToPlan(
                line.span,
                line.segment.speaker,
                (Wording(take.seconds * take.rate),),
                tuple(take.rate * stretch for stretch in STRETCHES),
            )
            for line, take in zip(lines, takes, strict=True)
        ],
        duration,
        kept=kept,
    )
    return tuple(
        Placement(line, slot, take.audio, timing.start, take.seconds / stretch, take.rate, stretch)
        for line, take, slot, timing in zip(lines, takes, slots, plan, strict=True)
        for stretch in [_find_stretch(timing.rate / take.rate)]
    )


def _find_stretch(ratio: float) -> float:
    """The stretch that a plan chose, free of rounding."""
    return min(STRETCHES, key=lambda stretch: abs(stretch - ratio))


def _stretch_take(placed: Placement, workdir: Path) -> Placement:
    audio = time_stretch.stretch_audio(placed.audio, placed.stretch, workdir / f"{placed.audio.digest}-{placed.stretch:.4f}.wav")
    return replace(placed, audio=audio)
