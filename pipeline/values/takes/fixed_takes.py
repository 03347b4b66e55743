"""Takes that users fixed: the chosen candidate of a line, or the take of a locked line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Line, Take, TextSource

LOST_TAKE_NOTE = "The file of the chosen or locked take is gone, so the line was made again"


@dataclass(frozen=True, slots=True)
class FixedTake:
    """Take that a line of the dub into `language` keeps, with its text. A locked line keeps both unless a person changes its text; any
    other keeps the take while it says that text. `take`: None where its file is gone. `in_preview`: the number is that of a preview.
    """

    language: str
    number: int
    text: str
    take: Take | None
    is_locked: bool = False
    in_preview: bool = False

    def shift(self, shift: int) -> "FixedTake":
        """Copy with the number that a line of a preview has in the whole film."""
        return replace(self, number=self.number + shift) if self.in_preview else self

    def is_of(self, line: Line) -> bool:
        """True if it is the take that the line keeps."""
        same = line.text == self.text or (self.is_locked and line.source is not TextSource.EDIT)
        return line.number == self.number and line.language == self.language and same


def select_fixed_takes(
    takes: Iterable[FixedTake], dubbed: Sequence[Line], *, shift: int
) -> tuple[dict[int, FixedTake], tuple[Note, ...]]:
    """Line number → the fixed take of a dubbed line, and the note on those whose file is gone. `shift`: of a preview's lines."""
    lines = {line.number: line for line in dubbed}
    own = [each for each in (take.shift(shift) for take in takes) if each.number in lines and each.is_of(lines[each.number])]
    lost = tuple(sorted(each.number for each in own if each.take is None))
    notes = (Note(LOST_TAKE_NOTE, Severity.WARNING, lost),) if lost else ()
    return {each.number: each for each in own if each.take is not None}, notes


def keep_fixed_texts(lines: Iterable[Line], fixed: dict[int, FixedTake]) -> tuple[Line, ...]:
    """The lines with the texts of their fixed takes."""
    return tuple(line.with_text(fixed[line.number].text) if line.number in fixed else line for line in lines)
