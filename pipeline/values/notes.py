"""Notes on a dub: plain sentences about everything that was guessed, left out, shifted or done by another engine than the first."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

LISTED_LINES = 10  # line numbers that a sentence lists before it says "and 5 more"


class Severity(StrEnum):
    """Whether a note only tells, or asks to be looked at."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence about a dub, without its full stop. `lines`: numbers of the lines that it is about; empty: all of the dub."""

    text: str
    severity: Severity = Severity.INFO
    lines: tuple[int, ...] = ()

    def __str__(self) -> str:
        listed = ", ".join(map(str, self.lines[:LISTED_LINES]))
        match len(self.lines):
            case 0:
                return self.text
            case 1:
                return f"{self.text} (line {listed})"
            case count if count > LISTED_LINES:
                return f"{self.text} ({count} lines: {listed} and {count - LISTED_LINES} more)"
            case count:
                return f"{self.text} ({count} lines: {listed})"


def merge_notes(notes: Iterable[Note], *, dub_lines: Collection[int] = ()) -> tuple[Note, ...]:
    """The notes with those of one text made one, warnings first. A note on every one of `dub_lines` is about the whole dub."""
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
    """The notes of an assessment report as JSON; none in one that was made before there were notes."""
    return tuple(Note(note["text"], Severity(note["severity"]), tuple(note["lines"])) for note in report.get("notes", ()))
