"""Line-by-line timing (isochrony without a plan), the baseline that the timing plan is measured against.

Every line begins where its source does, is spoken as fast as its span asks for, stretched up to a limit, and then borrows
silence; if that is not enough it ends late, and its speaker's next line waits for it.
"""

from collections.abc import Sequence

from pipeline.stages.plan_timing import MAX_STRETCH
from pipeline.timing.timing_plan import MAX_BORROWED_S, LineTiming, LineToPlan
from pipeline.values.timeline import Line, Placement, Slot, Take

PRESSED_RATES = (0.8, 1.6)  # slowest and fastest rate of a voice that is asked for a duration
INAUDIBLE_EXCESS_S = 0.05  # s a take may run over its span before anything is done about it


def press_lines(lines: Sequence[LineToPlan]) -> tuple[LineTiming, ...]:
    """The timing of lines, in order of start, each spoken at the rate at which its first wording lasts as its source."""
    free_from: dict[str | None, float] = {}
    found = []
    for line in lines:
        wording = line.wordings[0]
        rate = min(max(wording.speech_s / line.span.duration, PRESSED_RATES[0]), PRESSED_RATES[1])
        start = max(line.span.start, free_from.get(line.speaker, 0.0))
        found.append(LineTiming(start, wording.compute_duration(rate), 0, rate))
        free_from[line.speaker] = found[-1].end
    return tuple(found)


def place_line_by_line(
    lines: Sequence[Line],
    takes: Sequence[Take],
    slots: Sequence[Slot],
    *,
    most: float = MAX_STRETCH,
    borrow: float = MAX_BORROWED_S,
) -> tuple[Placement, ...]:
    """Start and stretch of each line's take, in order of start: at most `most`, then at most `borrow` seconds of silence."""
    free_from: dict[str | None, float] = {}  # speaker → when their last line has ended
    found = []
    for line, take, slot in zip(lines, takes, slots, strict=True):
        start = max(slot.span.start, free_from.get(line.segment.speaker, 0.0))
        latest_end = min(slot.latest_end, slot.span.end + borrow)
        stretch = compute_stretch(take.seconds, slot.span.end - start, latest_end - start, most=most)
        found.append(Placement(line, Slot(slot.span, latest_end), take.audio, start, take.seconds / stretch, take.rate, stretch))
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
