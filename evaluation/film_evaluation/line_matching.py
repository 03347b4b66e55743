"""Matching of a dub's lines to a reference's, which may be cut differently: by start, by shared time, and in whole passages."""

from collections.abc import Sequence

import numpy as np

from pipeline.values.timeline import Span

MAX_START_DISTANCE_S = 1.0  # s between the starts of a reference's line and of the same line as it was recognised


def match_by_start(lines: Sequence[Span], found: Sequence[Span]) -> dict[int, int]:
    """Index of a reference's line → index of the found one that begins nearest to it, at most 1 s away; each is used once."""
    starts = np.array([span.start for span in lines])
    nearest: dict[int, tuple[float, int]] = {}
    for number, span in enumerate(found):
        line = int(np.argmin(np.abs(starts - span.start)))
        distance = abs(span.start - float(starts[line]))
        if distance <= MAX_START_DISTANCE_S:
            nearest[line] = min(nearest.get(line, (distance, number)), (distance, number))
    return {line: number for line, (_, number) in nearest.items()}


def match_by_overlap(lines: Sequence[Span], found: Sequence[Span]) -> tuple[int | None, ...]:
    """For each found span the index of the reference's line with which it shares most time; None where there is none."""
    if not lines:
        return (None,) * len(found)
    starts, ends = np.array([[span.start, span.end] for span in lines]).T
    matches: list[int | None] = []
    for span in found:
        shared = np.minimum(ends, span.end) - np.maximum(starts, span.start)
        best = int(np.argmax(shared))
        matches.append(best if shared[best] > 0.0 else None)
    return tuple(matches)


def find_passages(lines: Sequence[Span], found: Sequence[Span]) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Passages: indices of the reference's lines and of the found spans that are linked by most shared time, either way.

    Every line of the reference is in one passage; a line that shares its time with no found span is one by itself.
    """
    links = [(line, number) for number, line in enumerate(match_by_overlap(lines, found)) if line is not None]
    links += [(line, number) for line, number in enumerate(match_by_overlap(found, lines)) if number is not None]
    first_lines = list(range(len(lines)))  # of each line, the first line of its passage
    for number in range(len(found)):
        linked = {first_lines[line] for line, other in links if other == number}
        if len(linked) > 1:
            first_lines = [min(linked) if first in linked else first for first in first_lines]
    members: dict[int, tuple[list[int], set[int]]] = {}
    for line, first in enumerate(first_lines):
        members.setdefault(first, ([], set()))[0].append(line)
    for line, number in links:
        members[first_lines[line]][1].add(number)
    return tuple((tuple(group), tuple(sorted(numbers))) for group, numbers in members.values())
