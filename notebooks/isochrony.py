"""A dub's lines as the values that `fit` places, and what one policy or another makes of them. Seconds throughout."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.stages.plan_timing import MAX_BORROWED_S, MAX_STRETCH, compute_slots, place_lines
from pipeline.values.media import Artifact
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Line, Placement, Segment, Span, Take

UNHEARD = Artifact(Path("take.flac"), 0, "")  # planning listens to no take


@dataclass(frozen=True, slots=True)
class Policy:
    """What a plan may do: stretch a take up to `stretch`, and let it borrow up to `borrow` seconds of silence."""

    stretch: float = MAX_STRETCH
    borrow: float = MAX_BORROWED_S


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan costs. `pressed`: how much faster the average line plays; `late`: the worst start after its source's,
    `over`: time that takes sound beyond their slots, all together: there they meet whoever speaks next.
    """

    pressed: float
    late: float
    over: float


def spoken(rows: Sequence[LineRow]) -> tuple[LineRow, ...]:
    """The lines that have a take: some are left to the original."""
    return tuple(row for row in rows if row.dub_seconds > 0.0)


def natural_seconds(row: LineRow) -> float:
    """How long the voice would take if nobody hurried it: `rate` is how much faster it spoke, `stretch` what came on top."""
    return row.dub_seconds * row.stretch * row.rate


def segments(rows: Sequence[LineRow]) -> tuple[Segment, ...]:
    """What was said in the film, of each line."""
    return tuple(Segment(row.number, Span(row.start, row.end), row.source_text, row.speaker) for row in rows)


def takes(rows: Sequence[LineRow], *, pace: float | None = None) -> tuple[Take, ...]:
    """The takes as the engine spoke them; else as a voice would that always speaks at `pace` times its natural one."""
    return tuple(
        Take(UNHEARD, row.dub_seconds * row.stretch, row.rate)
        if pace is None
        else Take(UNHEARD, natural_seconds(row) / pace, pace)
        for row in rows
    )


def narrated(rows: Sequence[LineRow]) -> tuple[LineRow, ...]:
    """The lines as if one person said them all: a narrator, who cannot begin a line before the last one ended."""
    return tuple(replace(row, speaker="narrator") for row in rows)


def planned(
    rows: Sequence[LineRow], duration: float, policy: Policy | None = None, *, pace: float | None = None
) -> tuple[Placement, ...]:
    """Where each line would go, in a film of `duration`. Without a policy or a pace: as the service itself did it."""
    policy = policy or Policy()
    said = segments(rows)
    lines = tuple(Line(segment, row.text, row.language) for segment, row in zip(said, rows, strict=True))
    return place_lines(lines, takes(rows, pace=pace), compute_slots(said, duration, borrow=policy.borrow), most=policy.stretch)


def replanned(rows: Sequence[LineRow], placements: Sequence[Placement]) -> tuple[LineRow, ...]:
    """The lines as if a plan had been dubbed."""
    return tuple(
        replace(row, dub_start=placed.start, dub_seconds=placed.seconds, rate=placed.rate, stretch=placed.stretch)
        for row, placed in zip(rows, placements, strict=True)
    )


def outcome(placements: Sequence[Placement]) -> Outcome:
    """What a plan costs its listeners. ValueError where there is no line."""
    if not placements:
        raise ValueError("a plan without lines has no outcome; give lines that were dubbed")
    return Outcome(
        pressed=sum(placed.stretch for placed in placements) / len(placements),
        late=max(placed.lateness for placed in placements),
        over=sum(max(0.0, placed.span.end - placed.slot.latest_end) for placed in placements),
    )
