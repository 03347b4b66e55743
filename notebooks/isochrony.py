"""Isochrony policies for a dub's lines: plans of their timing, and the cost of each. Seconds throughout."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluation.line_by_line_timing import place_line_by_line
from pipeline.stages.plan_timing import MAX_STRETCH, compute_slots, place_lines
from pipeline.timing.timing_plan import MAX_BORROWED_S
from pipeline.values.media import Artifact
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Line, Placement, Segment, Span, Take

NO_AUDIO = Artifact(Path("take.flac"), 0, "")  # planning listens to no take


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of line-by-line timing: stretch a take up to `stretch`, and let it borrow up to `borrow` seconds of silence."""

    stretch: float = MAX_STRETCH
    borrow: float = MAX_BORROWED_S


@dataclass(frozen=True, slots=True)
class Outcome:
    """The cost of a plan. `mean_stretch`: how much faster the average line plays; `max_lateness`: the worst start after its
    source's; `overrun`: time that takes last beyond their slots, all together, over the next line's speaker.
    """

    mean_stretch: float
    max_lateness: float
    overrun: float


def list_dubbed_lines(rows: Sequence[LineRow]) -> tuple[LineRow, ...]:
    """The lines that have a take: some are left to the original."""
    return tuple(row for row in rows if row.dub_seconds > 0.0)


def compute_natural_seconds(row: LineRow) -> float:
    """Duration of a line at the voice's natural pace: `rate` is how much faster it spoke, `stretch` what came on top."""
    return row.dub_seconds * row.stretch * row.rate


def build_segments(rows: Sequence[LineRow]) -> tuple[Segment, ...]:
    """The source segment of each line."""
    return tuple(Segment(row.number, Span(row.start, row.end), row.source_text, row.speaker) for row in rows)


def build_takes(rows: Sequence[LineRow], *, pace: float | None = None) -> tuple[Take, ...]:
    """The takes as the engine spoke them; else as a voice would that always speaks at `pace` times its natural one."""
    return tuple(
        Take(NO_AUDIO, row.dub_seconds * row.stretch, row.rate)
        if pace is None
        else Take(NO_AUDIO, compute_natural_seconds(row) / pace, pace)
        for row in rows
    )


def assign_narrator(rows: Sequence[LineRow]) -> tuple[LineRow, ...]:
    """The lines with one speaker for all: a narrator, who cannot begin a line before the last one ended."""
    return tuple(replace(row, speaker="narrator") for row in rows)


def plan_lines(
    rows: Sequence[LineRow], duration: float, policy: Policy | None = None, *, pace: float | None = None
) -> tuple[Placement, ...]:
    """Plan the lines' timing in a film of `duration`: line by line under a policy; without one as the service does."""
    said = build_segments(rows)
    lines = tuple(Line(segment, row.text, row.language) for segment, row in zip(said, rows, strict=True))
    takes, slots = build_takes(rows, pace=pace), compute_slots(said, duration)
    if policy is None:
        return place_lines(lines, takes, slots, duration=duration)
    return place_line_by_line(lines, takes, slots, most=policy.stretch, borrow=policy.borrow)


def apply_plan(rows: Sequence[LineRow], placements: Sequence[Placement]) -> tuple[LineRow, ...]:
    """The lines as if a plan had been dubbed."""
    return tuple(
        replace(row, dub_start=placed.start, dub_seconds=placed.seconds, rate=placed.rate, stretch=placed.stretch)
        for row, placed in zip(rows, placements, strict=True)
    )


def measure_outcome(placements: Sequence[Placement]) -> Outcome:
    """The cost of a plan. ValueError where there is no line."""
    if not placements:
        raise ValueError("a plan without lines has no outcome; give lines that were dubbed")
    return Outcome(
        mean_stretch=sum(placed.stretch for placed in placements) / len(placements),
        max_lateness=max(placed.lateness for placed in placements),
        overrun=sum(max(0.0, placed.span.end - placed.slot.latest_end) for placed in placements),
    )
