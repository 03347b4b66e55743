"""Matching of a script file's rows to the lines of a dub: by number, by time and text where the numbers are lost or cannot be trusted."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.script.cell_text import normalize_cell
from pipeline.script.script_file import FileRow, ScriptFile
from pipeline.values.script import CellName, DubScript, ScriptLine

MAX_TIME_OFFSET_S = 0.5  # between the starts of a row and of its line
SAME_TIME_S = 0.0015  # starts that a format's rounding alone separates

Bases = Mapping[tuple[int, CellName], str]  # (line number, cell) → its text at the export, of cells that changed since


@dataclass(frozen=True, slots=True)
class RowMatches:
    """Lines with their rows, each line once; `new`: rows that are no line's; `unmatched`: sentences about rows that cannot be used."""

    pairs: tuple[tuple[ScriptLine, FileRow], ...]
    new: tuple[FileRow, ...]
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _KnownLine:
    """A line with the cells by which rows find it: as they stand, or as they were at the export."""

    line: ScriptLine
    start: float
    end: float
    text: str

    def measure_offset(self, row: FileRow) -> tuple[float, float]:
        """Seconds between the starts and between the ends of the line and of a row."""
        start, end = row.seconds
        return (
            abs(self.start - start) if start is not None else float("inf"),
            abs(self.end - end) if end is not None else float("inf"),
        )

    def has_text(self, row: FileRow) -> bool:
        """True if a row has the translation of the line."""
        return row.translation is not None and normalize_cell(row.translation) == self.text


class _KnownLines:
    """The lines of a script, by number, by start and by text."""

    def __init__(self, lines: Sequence[ScriptLine], bases: Bases) -> None:
        self.by_number: dict[int, list[_KnownLine]] = {line.number: list(_list_states(line, bases)) for line in lines}
        self._by_start = sorted((each for states in self.by_number.values() for each in states), key=lambda each: each.start)
        self._starts = [each.start for each in self._by_start]
        self.by_text: dict[str, list[_KnownLine]] = defaultdict(list)
        for each in self._by_start:
            self.by_text[each.text].append(each)

    def list_near(self, row: FileRow) -> list[_KnownLine]:
        """Lines that start within `MAX_TIME_OFFSET_S` of a row, the nearest first."""
        start, _ = row.seconds
        if start is None:
            return []
        first = bisect_left(self._starts, start - MAX_TIME_OFFSET_S)
        last = bisect_right(self._starts, start + MAX_TIME_OFFSET_S)
        return sorted(self._by_start[first:last], key=lambda each: each.measure_offset(row))


def _list_states(line: ScriptLine, bases: Bases) -> Iterable[_KnownLine]:
    cells = (CellName.START, CellName.END, CellName.TRANSLATION)
    present = tuple(line.cells.read(cell) for cell in cells)
    former = tuple(bases.get((line.number, cell), text) for cell, text in zip(cells, present, strict=True))
    for start, end, text in dict.fromkeys((present, former)):
        yield _KnownLine(line, float(start), float(end), normalize_cell(text))


@dataclass(slots=True)
class _Matching:
    """A matching in progress. `pairs`: index of a row → its line."""

    rows: Sequence[FileRow]
    known: _KnownLines
    pairs: dict[int, ScriptLine] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def match(self, find: Callable[[FileRow], Iterable[_KnownLine]]) -> None:
        """Give each row that has no line the first one that `find` lists and that has no row."""
        for index, row in enumerate(self.rows):
            if index not in self.pairs and (free := self.list_free(find(row))):
                self.pairs[index] = free[0].line
                self.taken.add(free[0].line.number)

    def list_free(self, found: Iterable[_KnownLine]) -> list[_KnownLine]:
        """Those of lines that have no row yet."""
        return [each for each in found if each.line.number not in self.taken]

    def list_numbered(self, row: FileRow) -> list[_KnownLine]:
        """The line of a row's number."""
        return self.known.by_number.get(row.number, []) if row.number is not None else []

    def has_trusted_numbers(self) -> bool:
        """True if all rows that have a line have its number too: no editor has counted them anew."""
        return bool(self.pairs) and all(self.rows[index].number == line.number for index, line in self.pairs.items())


def match_rows(script: DubScript, file: ScriptFile, bases: Bases) -> RowMatches:
    """Match each row to one line. `bases`: cells at the file's revision.

    A row of a table is the line of its number; a row without one is an added line, unless a line has exactly its times: the file was
    imported before. A cue, or a row of a table without numbers, is the line that starts within half a second of it, that of its own
    text and number first: an editor that removes a cue counts the others anew. One that was moved further is found by its text.
    """
    matching = _Matching(file.rows, _KnownLines(script.lines, bases))
    is_numbered = not file.is_timed and any(row.number in matching.known.by_number for row in file.rows)
    (_match_by_number if is_numbered else _match_by_time)(matching)
    is_certain = is_numbered or matching.has_trusted_numbers()
    new, unmatched = list[FileRow](), list[str]()
    for index, row in enumerate(file.rows):
        if index in matching.pairs:
            continue
        if is_certain and row.number in script.deleted:
            unmatched.append(f"{row.place}: line {row.number} was deleted; without this number the row is added as a new line")
        elif is_numbered and row.number in matching.taken:
            unmatched.append(
                f"{row.place}: line {row.number} has a row already; without its number the row is added as a new line"
            )
        else:
            new.append(row)
    pairs = tuple((line, file.rows[index]) for index, line in sorted(matching.pairs.items()))
    return RowMatches(pairs, tuple(new), tuple(unmatched))


def _match_by_number(matching: _Matching) -> None:
    def list_same_times(row: FileRow) -> list[_KnownLine]:
        near = [] if matching.list_numbered(row) else matching.known.list_near(row)
        return [each for each in near if max(each.measure_offset(row)) < SAME_TIME_S]

    matching.match(matching.list_numbered)
    matching.match(list_same_times)


def _match_by_time(matching: _Matching) -> None:
    """Match in passes, the surest first."""

    def is_own(each: _KnownLine, row: FileRow) -> bool:
        return each.line.number == row.number

    def is_exact(each: _KnownLine, row: FileRow) -> bool:
        return each.measure_offset(row)[0] < SAME_TIME_S

    passes: tuple[Callable[[_KnownLine, FileRow], bool], ...] = (
        lambda each, row: is_exact(each, row) and each.has_text(row) and is_own(each, row),
        lambda each, row: is_exact(each, row) and each.has_text(row),
        lambda each, row: is_exact(each, row) and is_own(each, row),
        lambda each, row: each.has_text(row),
        is_exact,
        is_own,
    )
    for fits in passes:
        matching.match(lambda row, fits=fits: [each for each in matching.known.list_near(row) if fits(each, row)])  # type: ignore[misc]
    matching.match(lambda row: [each for each in matching.list_numbered(row) if each.has_text(row)])
    matching.match(matching.known.list_near)
    if matching.has_trusted_numbers():
        matching.match(matching.list_numbered)
    _match_by_text(matching)


def _match_by_text(matching: _Matching) -> None:
    """Give rows the lines of their texts, where one row alone and one line alone are left with a text."""
    left: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(matching.rows):
        if index not in matching.pairs and row.translation and (text := normalize_cell(row.translation)):
            left[text].append(index)
    for text, indices in left.items():
        free = {each.line.number: each.line for each in matching.list_free(matching.known.by_text.get(text, []))}
        if len(indices) == len(free) == 1:
            ((number, line),) = free.items()
            matching.pairs[indices[0]] = line
            matching.taken.add(number)
