"""Edited script file, and its differences from the script: frozen values."""

from dataclasses import dataclass

from pipeline.script.edit_batch import NewLine
from pipeline.script.times import FileTime
from pipeline.values.script import CellName


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of an edited script file; None for a column that the file does not have. `place`: the row, in words.

    `start`, `end`: of the source line. `speaker`, `name`: the label and the name, or either in the place of the other.
    """

    place: str
    number: int | None = None
    start: FileTime | None = None
    end: FileTime | None = None
    translation: str | None = None
    source: str | None = None
    speaker: str | None = None
    name: str | None = None

    @property
    def seconds(self) -> tuple[float | None, float | None]:
        """Start and end, None where the row has none that can be read."""
        return (self.start.seconds if self.start else None, self.end.seconds if self.end else None)


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """An edited script file. `revision`, `language`: of the script that it was exported from, None where it does not say.

    `is_timed`: rows are identified by their times, because subtitle editors renumber them. `ignored`: columns that are no script's.
    """

    rows: tuple[FileRow, ...]
    is_timed: bool
    language: str | None = None
    revision: int | None = None
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CellChange:
    """A changed cell. `before`: its text in the exported file, `current`: its text now, `after`: the text in the file.

    `current` differs from `before` in a conflict alone: somebody else changed the cell since the export.
    """

    number: int
    cell: CellName
    before: str
    current: str
    after: str


@dataclass(frozen=True, slots=True)
class ScriptComparison:
    """Differences between a script and an edited file.

    `changes`: to apply; `added`: new lines, whose keys are the places of their rows; `conflicts`: cells that changed on both sides, which
    stay as they are; `problems`: sentences about cells that cannot be used; `unmatched`: places of rows without a line; `missing`:
    numbers of lines without a row, which stay.
    """

    changes: tuple[CellChange, ...] = ()
    conflicts: tuple[CellChange, ...] = ()
    problems: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()
    added: tuple[NewLine, ...] = ()
