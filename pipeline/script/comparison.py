"""Comparison of an edited script file with the script as it stands: a three-way merge, cell by cell.

A cell is compared with its text at the export (its base). Where only the file changed it, the change applies; where only the
script changed since, the script stays; where both did, it is a conflict, and the script stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.script.cell_text import clean_cell, normalize_cell
from pipeline.script.row_matching import match_rows
from pipeline.values.edits import LineChange
from pipeline.values.script import CellChange, CellName, DubScript, FileRow, ScriptComparison, ScriptFile, ScriptLine
from pipeline.values.timeline import TextSource

MAX_TEXT_CHARACTERS = 2_000  # of a line, as in the API
MACHINE_SOURCES = frozenset({TextSource.TRANSLATION, TextSource.SUBTITLE, TextSource.SPEECH})

Bases = Mapping[tuple[int, CellName], str]  # (line number, cell) → its text at the export, of cells that changed since


@dataclass(slots=True)
class _Comparing:
    """A comparison in progress. `problems`: sentence → its places, so that a thousand rows give one sentence."""

    script: DubScript
    bases: Bases
    changes: list[CellChange] = field(default_factory=list)
    conflicts: list[CellChange] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)

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
    """Differences between the script and an edited file. `bases`: texts at the file's revision of cells that changed since."""
    matches = match_rows(script.lines, file)
    comparing = _Comparing(script, bases)
    for line, row in matches.pairs:
        _compare_row(comparing, line, row)
    found = {line.number for line, _ in matches.pairs}
    problems = [_word_problem(sentence, places) for sentence, places in comparing.problems.items()]
    return ScriptComparison(
        tuple(comparing.changes),
        tuple(comparing.conflicts),
        tuple(problems),
        matches.unmatched,
        tuple(line.number for line in script.lines if line.number not in found),
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
        labels = [label for label in comparing.script.names if label == given] or [
            label for label, name in comparing.script.names.items() if name.casefold() == given.casefold()
        ]
        if len(labels) == 1:
            return labels[0]
        many = "several speakers are" if labels else "nobody in the film is"
        comparing.add_problem(f"{many} called {given[:60]!r}, so the speaker stays as it was", row.place)
    by_label = clean_cell(row.speaker or "")
    return by_label if by_label in comparing.script.names else None


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
