"""Scripts of a film's dubs as a batch of edits finds them, and as its edits leave them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.script.cell_text import clean_cell
from pipeline.script.edit_batch import CellValue, NewLine
from pipeline.values.edits import DUB_FIELDS, FILM_FIELDS, FILM_WIDE, AddedLine, Edit, LineChange
from pipeline.values.script import CellName, read_cells, read_times
from pipeline.values.tasks import LineRow, Task, TaskStatus

Key = tuple[str, int]  # language and number of a line, or of an edit, whose language may be `FILM_WIDE`
TIME_TOLERANCE_S = 0.0005  # times are compared to the millisecond
CELLS = {
    "text": CellName.TRANSLATION,
    "skip": CellName.TRANSLATION,
    "source_text": CellName.SOURCE,
    "speaker": CellName.SPEAKER,
    "start": CellName.START,
    "end": CellName.END,
    "deleted": CellName.DELETED,
}


@dataclass(frozen=True, slots=True)
class FilmScripts:
    """Lines of a film's dubs with their edits. `edits`: as stored. `speakers`: label → the one it is merged into, or itself.

    `subtitled`: languages of the dubs that are spoken from their own subtitles. `revisions`: language → that of its script, and
    `based_on`: that of a batch; `former`: language → (number, cell) → its text then, of cells that changed since. `next_number`: free
    for a new line.
    """

    task: Task
    rows: Mapping[Key, LineRow]
    edits: Mapping[Key, Edit] = field(default_factory=dict)
    speakers: Mapping[str, str] = field(default_factory=dict)
    subtitled: frozenset[str] = frozenset()
    revisions: Mapping[str, int] = field(default_factory=dict)
    based_on: Mapping[str, int] = field(default_factory=dict)
    former: Mapping[str, Mapping[tuple[int, CellName], str]] = field(default_factory=dict)
    next_number: int = 1

    def find_film_key(self, language: str, number: int) -> Key:
        """Key of a line's edits of fields that are the film's: the dub's own where it is spoken from its own subtitles."""
        return (language if language in self.subtitled else FILM_WIDE, number)

    def is_deleted(self, language: str, number: int) -> bool:
        """True for a line that was deleted, and is not in the last dub any more."""
        edit = self.edits.get(self.find_film_key(language, number))
        return edit is not None and bool(edit.deleted)

    def apply_changes(self, changes: Iterable[LineChange]) -> dict[Key, Edit]:
        """The edits as the changes leave them, those that stay among them."""
        wanted = dict(self.edits)
        for change in changes:
            row = self.rows.get((change.language, change.number))
            effective = _drop_unchanged(change, row) if row and self.task.status is TaskStatus.DONE else change
            film_key = self.find_film_key(change.language, change.number)
            for key, names in (((change.language, change.number), DUB_FIELDS), (film_key, FILM_FIELDS)):
                wanted[key] = effective.apply_to(wanted.get(key, Edit(*key)), *names)
        return wanted

    def make_added_line(self, line: NewLine, number: int) -> AddedLine:
        """The row of a new line, which holds for every translated dub where it has a source text."""
        source = line.source_text or ""
        own = not source or line.language in self.subtitled
        return AddedLine(line.language if own else FILM_WIDE, number, line.start, line.end, line.speaker, source)


def read_field(row: LineRow, name: str) -> CellValue:
    """The value of an edit's field as the line stands, edits included. `text`: "" where the original audio is kept."""
    cells, edit = read_cells(row), row.edit
    match name:
        case "skip":
            return bool(edit.skip) if edit else row.skip
        case "locked":
            return bool(edit and edit.locked)
        case "deleted":
            return bool(cells.deleted)
        case "start":
            return read_times(row)[0]
        case "end":
            return read_times(row)[1]
    return cells.read(CELLS[name])


def is_same_value(row: LineRow, name: str, value: CellValue) -> bool:
    """True if a field has this value; None: it is not edited."""
    if value is None:
        return row.edit is None or getattr(row.edit, name) is None
    current = read_field(row, name)
    if isinstance(value, float | int) and isinstance(current, float) and not isinstance(value, bool):
        return abs(value - current) < TIME_TOLERANCE_S
    if isinstance(value, str) and isinstance(current, str):
        return clean_cell(value) == clean_cell(current)
    return value == current


def _drop_unchanged(change: LineChange, row: LineRow) -> LineChange:
    """Drop the fields of a change that equal those of the finished dub and are not edited: clients may send a whole line back."""
    edit = row.edit or Edit(row.language, row.number)
    same = {
        name
        for name in ("text", "source_text", "speaker", "start", "end")
        if getattr(edit, name) is None and getattr(change, name) == getattr(row, name)
    }
    return change.keep(*(name for name in change.changed_fields if name not in same))
