"""Times of a column of a script file, with the precision that its program has left them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.script.script_file import FileRow
from pipeline.script.times import MAX_DECIMALS, FileTime
from pipeline.values.script import CellName, ScriptLine


@dataclass(frozen=True, slots=True)
class ColumnTimes:
    """A column of times. `decimals`: digits after the point of its most precise cell, since spreadsheets drop zeros at the end.

    `is_grouped`: a spreadsheet took the points for thousands separators, so that whole numbers are milliseconds.
    """

    decimals: int = MAX_DECIMALS
    is_grouped: bool = False

    @property
    def unit_s(self) -> float:
        """The least difference that the column can tell, in seconds."""
        return 1.0 / 10**self.decimals

    def is_same(self, given: FileTime, seconds: float) -> bool:
        """True if a cell is a time to the millisecond."""
        if self.is_grouped and _is_grouped(given, seconds):
            return True
        return given.seconds is not None and round(given.seconds * 1000) == round(seconds * 1000)

    def is_rounded(self, given: FileTime, seconds: float) -> bool:
        """True if a cell is a time of which digits were cut or rounded."""
        if given.seconds is None:
            return False
        unit = 10 ** (MAX_DECIMALS - self.decimals)  # ms
        written, exact = round(given.seconds * 1000), round(seconds * 1000)
        return written == exact // unit * unit or 2 * abs(written - exact) <= unit


def read_columns(pairs: Sequence[tuple[ScriptLine, FileRow]]) -> Mapping[CellName, ColumnTimes]:
    """Start and end of a file's rows as columns."""
    return {
        CellName.START: _read_column([(row.start, line.row.start) for line, row in pairs]),
        CellName.END: _read_column([(row.end, line.row.end) for line, row in pairs]),
    }


def _read_column(cells: Iterable[tuple[FileTime | None, float]]) -> ColumnTimes:
    read = [(given, seconds) for given, seconds in cells if given is not None and given.seconds is not None]
    grouped = sum(_is_grouped(given, seconds) for given, seconds in read)
    decimals = max((given.decimals for given, _ in read), default=MAX_DECIMALS)
    return ColumnTimes(decimals, is_grouped=grouped > 1 and 2 * grouped > len(read))


def _is_grouped(given: FileTime, seconds: float) -> bool:
    """True for the `62300` of 62.300 s."""
    return given.text.isdecimal() and given.seconds == round(seconds * 1000) and seconds >= 1.0
