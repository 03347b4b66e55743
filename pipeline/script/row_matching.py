"""Matching of a script file's rows to the lines of a dub: by number, by time where the numbers are lost or cannot be trusted."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.values.script import FileRow, ScriptFile, ScriptLine

MAX_TIME_OFFSET_S = 0.5  # between the starts of a row and of its line


@dataclass(frozen=True, slots=True)
class RowMatches:
    """Lines with their rows, each line once; `unmatched`: places of the rows that have no line, with the reason."""

    pairs: tuple[tuple[ScriptLine, FileRow], ...]
    unmatched: tuple[str, ...]


class _Lines:
    """Lines by number, and by start."""

    def __init__(self, lines: Sequence[ScriptLine]) -> None:
        self.by_number = {line.number: line for line in lines}
        self._by_start = sorted(lines, key=lambda line: line.row.start)
        self._starts = [line.row.start for line in self._by_start]

    def list_near(self, seconds: float) -> list[ScriptLine]:
        """Lines that start within `MAX_TIME_OFFSET_S`, the nearest first."""
        first = bisect_left(self._starts, seconds - MAX_TIME_OFFSET_S)
        last = bisect_right(self._starts, seconds + MAX_TIME_OFFSET_S)
        return sorted(self._by_start[first:last], key=lambda line: abs(line.row.start - seconds))


def match_rows(lines: Sequence[ScriptLine], file: ScriptFile) -> RowMatches:
    """Match each row to one line.

    A row of a table is the line of its number. A cue is the line that starts within half a second of it, that of its own number
    first: an editor that removes a cue counts the others anew.
    """
    known, taken = _Lines(lines), set[int]()
    pairs: list[tuple[ScriptLine, FileRow]] = []
    unmatched: list[str] = []
    for row in file.rows:
        found = _list_candidates(known, row, is_timed=file.is_timed)
        free = [line for line in found if line.number not in taken]
        if free:
            taken.add(free[0].number)
            pairs.append((free[0], row))
        elif found:
            unmatched.append(f"{row.place}: line {found[0].number} has a row already")
        else:
            unmatched.append(f"{row.place}: no line has this number or time")
    return RowMatches(tuple(pairs), tuple(unmatched))


def _list_candidates(known: _Lines, row: FileRow, *, is_timed: bool) -> list[ScriptLine]:
    numbered = known.by_number.get(row.number) if row.number is not None else None
    if not is_timed and row.number is not None:
        return [numbered] if numbered else []
    near = known.list_near(row.start) if row.start is not None else []
    return sorted(near, key=lambda line: line is not numbered)
