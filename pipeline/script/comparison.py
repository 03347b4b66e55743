"""Comparison of an edited script file with the script as it stands: a three-way merge, cell by cell.

A cell is compared with its text at the export (its base). Where only the file changed it, the change applies; where only the
script changed since, the script stays; where both did, it is a conflict, and the script stays. A row that is no line's is a line to add; a line without a row stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.errors import EditRefused
from pipeline.script.cell_text import clean_cell, normalize_cell
from pipeline.script.column_times import ColumnTimes, read_columns
from pipeline.script.edit_batch import EditBatch, NewLine, RefusedEdit
from pipeline.script.film_scripts import CELLS
from pipeline.script.row_matching import Bases, match_rows
from pipeline.script.script_file import CellChange, FileRow, ScriptComparison, ScriptFile
from pipeline.values.edits import LineChange
from pipeline.values.script import CellName, DubScript, ScriptLine
from pipeline.values.timeline import TextSource

MAX_TEXT_CHARACTERS = 2_000  # of a line, as in the API
MAX_ADDED = 500  # new lines of a file, as in the API
MACHINE_SOURCES = frozenset({TextSource.TRANSLATION, TextSource.SUBTITLE, TextSource.SPEECH})
TIME_CELLS = frozenset({CellName.START, CellName.END})


@dataclass(slots=True)
class _Comparing:
    """A comparison in progress. `problems`: sentence → its places, so that a thousand rows give one sentence."""

    script: DubScript
    bases: Bases
    changes: list[CellChange] = field(default_factory=list)
    conflicts: list[CellChange] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)
    unmatched: list[str] = field(default_factory=list)

    def compare_cell(self, line: ScriptLine, cell: CellName, wanted: str) -> None:
        current = line.cells.read(cell)
        base = self.bases.get((line.number, cell), current)
        if normalize_cell(wanted) in {normalize_cell(current), normalize_cell(base)}:
            return
        change = CellChange(line.number, cell, base, current, clean_cell(wanted))
        (self.changes if normalize_cell(base) == normalize_cell(current) else self.conflicts).append(change)

    def add_problem(self, sentence: str, place: str) -> None:
        self.problems.setdefault(sentence, []).append(place)


def compare_script(script: DubScript, file: ScriptFile, bases: Bases) -> ScriptComparison:
    """Differences between the script and an edited file. `bases`: texts at the file's revision of cells that changed since. EditRefused
    for a file of too many lines that the script does not have.
    """
    matches = match_rows(script, file, bases)
    if len(matches.new) > MAX_ADDED:
        raise EditRefused(
            f"{len(matches.new):,} rows of the file are no lines of this script; is it another film's? An import adds {MAX_ADDED} at most"
        )
    comparing, columns = _Comparing(script, bases), read_columns(matches.pairs)
    for line, row in matches.pairs:
        _compare_row(comparing, line, row)
        _compare_times(comparing, columns, line, row)
    added = [new for row in matches.new if (new := _make_new_line(comparing, row)) is not None]
    found = {line.number for line, _ in matches.pairs}
    problems = [_word_problem(sentence, places) for sentence, places in comparing.problems.items()]
    return ScriptComparison(
        tuple(comparing.changes),
        tuple(comparing.conflicts),
        tuple(problems),
        (*matches.unmatched, *comparing.unmatched),
        tuple(line.number for line in script.lines if line.number not in found),
        tuple(added),
    )


def _word_problem(sentence: str, places: Sequence[str]) -> str:
    shown = ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
    return f"{shown}: {sentence}"


def _compare_row(comparing: _Comparing, line: ScriptLine, row: FileRow) -> None:
    for cell, wanted in ((CellName.TRANSLATION, row.translation), (CellName.SOURCE, row.source)):
        if wanted is None:
            continue
        if len(wanted) > MAX_TEXT_CHARACTERS:
            comparing.add_problem(f"the {cell} is longer than {MAX_TEXT_CHARACTERS:,} characters and stays as it was", row.place)
        elif cell is CellName.SOURCE and line.row.subtitled:
            if clean_cell(wanted):
                comparing.add_problem("this dub is spoken from its own subtitles, so the source cannot be changed", row.place)
        elif cell is CellName.SOURCE and not clean_cell(wanted):
            if clean_cell(line.cells.source):
                comparing.add_problem("the source is empty and stays as it was", row.place)
        else:
            comparing.compare_cell(line, cell, wanted)
    if speaker := _find_speaker(comparing, line, row):
        comparing.compare_cell(line, CellName.SPEAKER, speaker)


def _compare_times(comparing: _Comparing, columns: Mapping[CellName, ColumnTimes], line: ScriptLine, row: FileRow) -> None:
    """Compare start and end, which are a conflict together where one of them is."""
    wanted: list[CellChange] = []
    for cell, given in ((CellName.START, row.start), (CellName.END, row.end)):
        if given is None:
            continue
        if given.seconds is None:
            shown = f"{given.text[:20]!r} is no time" if given.text else "is empty"
            comparing.add_problem(f"the {cell} {shown} and stays as it was", row.place)
            continue
        current = line.cells.read(cell)
        base, column = comparing.bases.get((line.number, cell), current), columns[cell]
        if any(column.is_same(given, float(text)) for text in (current, base)):
            continue
        if any(column.is_rounded(given, float(text)) for text in (current, base)):
            comparing.add_problem(f"the {cell} is written to {column.unit_s:g} s only, and stays as it was", row.place)
        else:
            wanted.append(CellChange(line.number, cell, base, current, f"{given.seconds:.3f}"))
    is_conflict = any(change.before != change.current for change in wanted)
    (comparing.conflicts if is_conflict else comparing.changes).extend(wanted)


def _make_new_line(comparing: _Comparing, row: FileRow) -> NewLine | None:
    """The new line of a row that is no line's; None, with a sentence about it, where it lacks times or a text."""
    start, end = row.seconds
    text, source = clean_cell(row.translation or ""), clean_cell(row.source or "")
    if any(line.row.subtitled for line in comparing.script.lines):
        source = ""  # such a dub is not translated
    if start is None or end is None or not (text or source):
        comparing.unmatched.append(
            f"{row.place}: no line has this number or time; a new line needs its start, its end and a text"
        )
        return None
    speaker: str | None = None
    for given in filter(None, (clean_cell(row.speaker or ""), clean_cell(row.name or ""))):
        labels = _list_labels(comparing.script, given)
        if len(labels) == 1:
            speaker = speaker or labels[0]
        elif speaker is None:
            comparing.unmatched.append(f"{row.place}: {_describe_unknown(labels, given)}, so the line is not added")
            return None
    return NewLine(row.place, comparing.script.language, round(start, 3), round(end, 3), speaker, source or None, text or None)


def _find_speaker(comparing: _Comparing, line: ScriptLine, row: FileRow) -> str | None:
    """Label of the speaker that a row names, by label or by name; None where it names nobody who is known.

    A row has both in columns of their own: the one that differs from the script is meant.
    """
    current = line.cells.speaker
    known = {current, comparing.bases.get((line.number, CellName.SPEAKER), current)}
    shown = {comparing.script.names.get(label, label) for label in known}
    for given in (row.speaker, row.name):
        if given is None or not (given := clean_cell(given)) or given in known or given in shown:
            continue
        labels = _list_labels(comparing.script, given)
        if len(labels) == 1:
            return labels[0]
        comparing.add_problem(f"{_describe_unknown(labels, given)}, so the speaker stays as it was", row.place)
    by_label = clean_cell(row.speaker or "")
    return by_label if by_label in comparing.script.names else None


def _list_labels(script: DubScript, given: str) -> list[str]:
    """Labels of the speakers that a text names: the one whose label it is, or those whose name it is."""
    if given in script.names:
        return [given]
    return [label for label, name in script.names.items() if name.casefold() == given.casefold()]


def _describe_unknown(labels: Sequence[str], given: str) -> str:
    return f"{'several speakers are' if labels else 'nobody in the film is'} called {given[:60]!r}"


def make_batch(script: DubScript, found: ScriptComparison) -> EditBatch:
    """The differences as a batch of edits. Times and texts of a line are apart, so that times that cannot be refuse no text."""
    times = [change for change in found.changes if change.cell in TIME_CELLS]
    texts = [change for change in found.changes if change.cell not in TIME_CELLS]
    return EditBatch((*make_line_changes(script, texts), *make_line_changes(script, times)), found.added)


def drop_refused(found: ScriptComparison, refused: Sequence[RefusedEdit]) -> ScriptComparison:
    """The differences without edits that were refused, which are problems then."""
    cells = {(each.number, CELLS[name]) for each in refused if each.number is not None for name in each.fields if name in CELLS}
    keys = {each.key for each in refused if each.key is not None}
    told = [f"{each.key}: {each.message}" if each.key is not None else each.message for each in refused]
    return replace(
        found,
        changes=tuple(change for change in found.changes if (change.number, change.cell) not in cells),
        added=tuple(line for line in found.added if line.key not in keys),
        problems=(*found.problems, *told),
    )


def make_line_changes(script: DubScript, changes: Iterable[CellChange]) -> tuple[LineChange, ...]:
    """The changes as edits of lines. An empty translation keeps the original audio; the machine's own text is no edit."""
    lines = {line.number: line for line in script.lines}
    wanted: dict[int, LineChange] = {}
    for change in changes:
        line, edit = lines[change.number], wanted.get(change.number, LineChange(script.language, change.number))
        match change.cell:
            case CellName.SPEAKER:
                edit = replace(edit, speaker=change.after)
            case CellName.SOURCE:
                edit = replace(edit, source_text=change.after)
            case CellName.TRANSLATION:
                edit = _edit_translation(edit, line, change.after)
            case CellName.START:
                edit = replace(edit, start=float(change.after))
            case CellName.END:
                edit = replace(edit, end=float(change.after))
        wanted[change.number] = edit
    return tuple(wanted.values())


def _edit_translation(edit: LineChange, line: ScriptLine, text: str) -> LineChange:
    if not text:
        return replace(edit, skip=True)
    row, former = line.row, line.row.edit
    own = normalize_cell(row.text) == normalize_cell(text)
    edit = replace(edit, skip=None) if former is not None and former.skip else edit
    if own and (former is None or former.text is None) and row.text_source != TextSource.NONE:
        return edit  # it was skipped alone
    return replace(edit, text=None if own and row.text_source in MACHINE_SOURCES else text)
