"""Planning of a batch of edits: a three-way merge cell by cell, checks of each edit and of the times that all of them leave.

A cell is compared with its text at the revision that the batch is based on. Where somebody else changed it since, to another value,
it is a conflict, and the cell stays as they left it. One edit that is refused does not refuse the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.script.edit_batch import EditBatch, EditConflict, NewLine, RefusedEdit
from pipeline.script.edit_checks import check_change, check_new_line
from pipeline.script.film_scripts import CELLS, FilmScripts, is_same_value, read_field
from pipeline.script.time_checks import find_time_problems
from pipeline.values.edits import AddedLine, Edit, LineChange
from pipeline.values.script import read_cells

STRUCTURE_FIELDS = ("start", "end", "deleted")  # an edit of these, as in a split, applies as a whole or not at all


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Writes that a batch asks for: `edits` that differ from the stored ones, and new lines; with what cannot be written."""

    edits: tuple[Edit, ...]
    added: tuple[AddedLine, ...]
    applied: int
    conflicts: tuple[EditConflict, ...] = ()
    refused: tuple[RefusedEdit, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)  # of the new lines, by their keys


def plan_batch(scripts: FilmScripts, batch: EditBatch) -> BatchPlan:
    """Plan a batch on the scripts as they stand."""
    refused, conflicts, changes = list[RefusedEdit](), list[EditConflict](), list[LineChange]()
    for change in map(_strip_texts, batch.changes):
        if refusal := check_change(scripts, change):
            refused.append(refusal)
            continue
        found = find_conflicts(scripts, change)
        conflicts += found
        rest = [name for name in change.changed_fields if name not in {each.field for each in found}]
        if rest or not found:
            changes.append(change.keep(*rest))
    lines = list[NewLine]()
    for line in batch.added:
        refusal = check_new_line(scripts, line)
        if refusal is None:
            lines.append(line)
        else:
            refused.append(refusal)
    while late := find_time_problems(scripts, changes, lines):
        refused += late.values()
        changes = [change for change in changes if change not in late]
        lines = [line for line in lines if line not in late]
    return _collect_writes(scripts, changes, lines, conflicts, refused)


def find_conflicts(scripts: FilmScripts, change: LineChange) -> tuple[EditConflict, ...]:
    """The fields of an edit that somebody else changed to another value since. Where its times are among them, all that it changes."""
    row = scripts.rows.get((change.language, change.number))
    former = scripts.former.get(change.language)
    if row is None or not former:
        return ()
    cells = read_cells(row)
    found = {
        name
        for name in change.changed_fields
        if (cell := CELLS.get(name)) is not None
        and former.get((row.number, cell), cells.read(cell)) != cells.read(cell)
        and not is_same_value(row, name, getattr(change, name))
    }
    names = change.changed_fields if found & set(STRUCTURE_FIELDS) else [name for name in change.changed_fields if name in found]
    return tuple(
        EditConflict(change.number, change.language, name, getattr(change, name), read_field(row, name)) for name in names
    )


def _strip_texts(change: LineChange) -> LineChange:
    text, source = change.text, change.source_text
    return replace(
        change,
        text=text.strip() if isinstance(text, str) else text,
        source_text=source.strip() if isinstance(source, str) else source,
    )


def _collect_writes(
    scripts: FilmScripts,
    changes: Sequence[LineChange],
    lines: Sequence[NewLine],
    conflicts: Sequence[EditConflict],
    refused: Sequence[RefusedEdit],
) -> BatchPlan:
    numbered = list(enumerate(lines, scripts.next_number))
    texts = [LineChange(line.language, n, text=line.text.strip()) for n, line in numbered if line.text and line.text.strip()]
    wanted = scripts.apply_changes([*changes, *texts])
    return BatchPlan(
        tuple(edit for key, edit in wanted.items() if edit != scripts.edits.get(key, Edit(*key))),
        tuple(scripts.make_added_line(line, number) for number, line in numbered),
        len(changes),
        tuple(conflicts),
        tuple(refused),
        {line.key: number for number, line in numbered},
    )
