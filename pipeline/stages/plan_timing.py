"""fit: timing of the dubbed lines (isochrony): slot, stretch and start of every line.

A line's slot is its span plus the silence it may borrow. A take that is too long is stretched (never beyond 1.25), then it
borrows silence; if that is not enough it ends late and its speaker's next line waits for it: no word is cut, and no two
lines of one speaker overlap. (A shorter wording and faster speech come first, when the line is synthesized.)
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.ffmpeg import time_stretch
from pipeline.runner import stage
from pipeline.values.timeline import Line, Placement, Segment, Slot, Take

MAX_STRETCH = 1.25  # beyond it speech sounds rushed; the isochrony literature stays between 0.8 and 1.25
BREATH_S = 0.08  # s of silence left before the next speaker
MAX_BORROWED_S = 2.0  # s of silence a line may take beyond its span
INAUDIBLE_EXCESS_S = 0.05  # s a take may run over its span before anything is done about it


def compute_slots(segments: Sequence[Segment], duration: float, *, borrow: float = MAX_BORROWED_S) -> tuple[Slot, ...]:
    """The slot of every segment, in a film of `duration` seconds. Silence is lent up to the next speaker."""
    starts = sorted(segment.span.start for segment in segments)
    found = []
    for segment in segments:
        end = segment.span.end
        following = next((start for start in starts if start >= end), duration)
        found.append(Slot(segment.span, max(end, min(following - BREATH_S, end + borrow, duration))))
    return tuple(found)


@stage(version=1, name="fit")
def plan_timing(
    lines: tuple[Line, ...], takes: tuple[Take, ...], slots: tuple[Slot, ...], *, workdir: Path
) -> tuple[Placement, ...]:
    """Place each line's take, stretched where it must be. The three run in parallel, in order of start; so does the answer."""
    return tuple(
        placed if placed.stretch == 1.0 else _stretch_take(placed, workdir) for placed in place_lines(lines, takes, slots)
    )


def place_lines(
    lines: Sequence[Line], takes: Sequence[Take], slots: Sequence[Slot], *, most: float = MAX_STRETCH
) -> tuple[Placement, ...]:
    """Start and stretch of each line, at most `most`; its take is not stretched yet."""
    free_from: dict[str | None, float] = {}  # speaker → when their last line has ended
    found = []
    for line, take, slot in zip(lines, takes, slots, strict=True):
        start = max(slot.span.start, free_from.get(line.segment.speaker, 0.0))
        stretch = compute_stretch(take.seconds, slot.span.end - start, slot.latest_end - start, most=most)
        found.append(Placement(line, slot, take.audio, start, take.seconds / stretch, take.rate, stretch))
        free_from[line.segment.speaker] = found[-1].span.end
    return tuple(found)


def compute_stretch(seconds: float, own: float, room: float, *, most: float = MAX_STRETCH) -> float:
    """The stretch (spoken time over slot, 1 to `most`) that a take of `seconds` needs to end within its `own` time.

    `room`: the time up to the slot's latest end. An excess nobody hears is borrowed rather than stretched away.
    """
    if seconds <= min(own + INAUDIBLE_EXCESS_S, room):
        return 1.0
    if own <= 0.0:  # the speaker's previous line took all of it
        return most
    return min(most, seconds / own)


def _stretch_take(placed: Placement, workdir: Path) -> Placement:
    audio = time_stretch.stretch_audio(placed.audio, placed.stretch, workdir / f"{placed.audio.digest}-{placed.stretch:.4f}.wav")
    return replace(placed, audio=audio)
