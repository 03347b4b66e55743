"""Notes on a dub: sentences about everything that was guessed, left out, shifted, or done by a fallback engine."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

MAX_LISTED_LINES = 10  # line numbers that a sentence lists before it ends in "and 5 more"


class Severity(StrEnum):
    """Severity of a note: for information, or to be checked."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence about a dub, without its full stop. `lines`: numbers of the lines that it concerns; empty: the whole dub."""

    text: str
    severity: Severity = Severity.INFO
    lines: tuple[int, ...] = ()

    def __str__(self) -> str:
        listed = ", ".join(map(str, self.lines[:MAX_LISTED_LINES]))
        match len(self.lines):
            case 0:
                return self.text
            case 1:
                return f"{self.text} (line {listed})"
            case count if count > MAX_LISTED_LINES:
                return f"{self.text} ({count} lines: {listed} and {count - MAX_LISTED_LINES} more)"
            case count:
                return f"{self.text} ({count} lines: {listed})"


@dataclass(frozen=True, slots=True)
class DubNote:
    """A note on the dub of one language; `language` None: on every dub of the film."""

    note: Note
    language: str | None


def collect_dub_notes(notes: Mapping[str, Sequence[Note]]) -> tuple[DubNote, ...]:
    """Notes on all dubs of a film, warnings first. `notes`: language → those on its dub; one on every dub is listed once."""
    shared = set.intersection(*map(set, notes.values())) if len(notes) > 1 else set()
    every = dict.fromkeys(DubNote(each, None if each in shared else language) for language, of in notes.items() for each in of)
    return tuple(sorted(every, key=lambda each: (each.note.severity is not Severity.WARNING, each.language is not None)))


def merge_notes(notes: Iterable[Note], *, dub_lines: Collection[int] = ()) -> tuple[Note, ...]:
    """Merge notes of one text, and sort warnings first. A note on every one of `dub_lines` becomes one on the whole dub."""
    lines: dict[Note, set[int]] = {}
    whole: set[Note] = set()
    for note in notes:
        bare = replace(note, lines=())
        lines.setdefault(bare, set()).update(note.lines)
        if not note.lines:
            whole.add(bare)
    everything = set(dub_lines)
    merged = (
        bare if bare in whole or (everything and numbers >= everything) else replace(bare, lines=tuple(sorted(numbers)))
        for bare, numbers in lines.items()
    )
    return tuple(sorted(merged, key=lambda note: note.severity is not Severity.WARNING))


def notes_of_report(report: Mapping[str, Any]) -> tuple[Note, ...]:
    """Read the notes of an assessment report (JSON). Empty for a report that has none."""
    return read_notes(report.get("notes", ()))


def read_notes(notes: Iterable[Mapping[str, Any]]) -> tuple[Note, ...]:
    """Read notes from their JSON."""
    return tuple(Note(note["text"], Severity(note["severity"]), tuple(note["lines"])) for note in notes)
