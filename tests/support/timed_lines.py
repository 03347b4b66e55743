"""Lines and takes of given times, and the overlaps of placements."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.values.media import Artifact
from pipeline.values.timeline import Line, Placement, Segment, Span, Take


def segment(number: int, start: float, end: float, speaker: str = "S1") -> Segment:
    return Segment(number, Span(start, end), "words", speaker)


def lines_of(*segments: Segment) -> tuple[Line, ...]:
    return tuple(Line(each, each.text, "es") for each in segments)


def takes_of(*seconds: float) -> tuple[Take, ...]:
    return tuple(Take(Artifact(Path(f"/takes/{n}.wav"), 1, f"d{n}"), each, 1.0) for n, each in enumerate(seconds))


def overlaps(placements: Sequence[Placement]) -> tuple[tuple[Placement, Placement], ...]:
    """Pairs of lines of one speaker that sound at once. There should be none."""
    last: dict[str | None, Placement] = {}
    found = []
    for placement in sorted(placements, key=lambda p: p.start):
        before = last.get(placement.line.segment.speaker)
        if before is not None and Span(before.start, before.span.end).overlap(placement.span) > 1e-6:
            found.append((before, placement))
        last[placement.line.segment.speaker] = placement
    return tuple(found)
