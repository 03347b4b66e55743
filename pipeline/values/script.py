"""Script of a dub as editors work on it: the cells of its lines, and its revision."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pipeline.values.tasks import LineRow
from pipeline.values.timeline import TextSource

UNWORDED = frozenset({TextSource.NONE, TextSource.ADDED})  # sources of lines without a text of their own
DELETED = "deleted"  # in the cell of a line that was deleted, or is not there yet


class CellName(StrEnum):
    """Cells of a line that can be edited."""

    TRANSLATION = "translation"
    SOURCE = "source"
    SPEAKER = "speaker"
    START = "start"
    END = "end"
    DELETED = "deleted"


class ReviewVerdict(StrEnum):
    """Verdict of a person on a line: right as it is, fixed by an edit, or left for later."""

    ACCEPTED = "accepted"
    FIXED = "fixed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class LineReview:
    """Review of a line: the verdict, and the text that it was given for. `is_current`: the line has that text still; one that was
    changed since is to be reviewed again. `reviewed_at`: UTC.
    """

    number: int
    language: str
    verdict: ReviewVerdict
    text: str
    reviewed_at: datetime
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class ReviewChange:
    """A review to write. `verdict` None removes it; `text`: that the person saw, None: the line's present one."""

    number: int
    verdict: ReviewVerdict | None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """Progress of a review. `lines`: to review; `reviewed`: accepted or fixed, and not changed since; `skipped`: left for later."""

    lines: int = 0
    reviewed: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class DeletedLine:
    """A line that a dub lacks because a person deleted it. `start`: seconds of the film. `text`: "" where it kept the original audio."""

    number: int
    start: float
    source_text: str
    text: str


@dataclass(frozen=True, slots=True)
class Cells:
    """The editable cells of a line as they stand, edits included.

    `translation`: "" where the original audio is kept. `source`: "" in a dub that is spoken from its own subtitles. `speaker`: the
    diarizer label, "" where it is unknown. `start`, `end`: seconds of the film, to the millisecond. `deleted`: "deleted" or "".
    """

    translation: str
    source: str
    speaker: str
    start: str = ""
    end: str = ""
    deleted: str = ""

    def read(self, cell: CellName) -> str:
        """The text of a cell."""
        match cell:
            case CellName.TRANSLATION:
                return self.translation
            case CellName.SOURCE:
                return self.source
            case CellName.SPEAKER:
                return self.speaker
            case CellName.START:
                return self.start
            case CellName.END:
                return self.end
            case CellName.DELETED:
                return self.deleted


def read_times(row: LineRow) -> tuple[float, float]:
    """Start and end of a source line with its edits, in seconds; the order of lines is by them."""
    edit = row.edit
    start = row.start if edit is None or edit.start is None else edit.start
    return start, row.end if edit is None or edit.end is None else edit.end


def apply_times(row: LineRow) -> LineRow:
    """The line at the times of its edits."""
    start, end = read_times(row)
    return replace(row, start=start, end=end)


def read_cells(row: LineRow) -> Cells:
    """The cells of a line with its edits, dubbed already or not."""
    edit, (start, end) = row.edit, read_times(row)
    if (edit is not None and edit.skip) or (row.text_source in UNWORDED and (edit is None or edit.text is None)):
        translation = ""
    else:
        translation = edit.text if edit is not None and edit.text is not None else row.text
    source = edit.source_text if edit is not None and edit.source_text is not None else row.source_text
    deleted = DELETED if edit is not None and edit.deleted else ""
    speaker = (edit.speaker if edit else None) or row.speaker or ""
    return Cells(translation, "" if row.subtitled else source, speaker, f"{start:.3f}", f"{end:.3f}", deleted)


@dataclass(frozen=True, slots=True)
class ScriptRevision:
    """Revision number of a dub's script, which every change raises, and that of the script which was dubbed last.

    `lines`: numbers of the lines that changed since; `speakers`: labels of those whose voice or merge changed since.
    """

    revision: int = 1
    dubbed: int = 1
    lines: tuple[int, ...] = ()
    speakers: tuple[str, ...] = ()

    @property
    def is_stale(self) -> bool:
        """True if the finished dub lacks changes of the script."""
        return bool(self.lines or self.speakers)

    def describe(self) -> str:
        """Sentence without its full stop about the changes that the dub lacks; "" where it lacks none."""
        if not self.is_stale:
            return ""
        counts = ((len(self.lines), "line"), (len(self.speakers), "speaker"))
        changed = " and ".join(f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts if count)
        return f"{changed} changed since this dub (revision {self.revision}, dubbed from {self.dubbed}); re-dub to hear them"


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A line of a script: its row with its edits, its speaker's name as shown, and the notes on it."""

    row: LineRow
    name: str
    notes: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """The line's number in its dub."""
        return self.row.number

    @property
    def cells(self) -> Cells:
        """The editable cells as they stand."""
        return read_cells(self.row)


@dataclass(frozen=True, slots=True)
class DubScript:
    """The script of one dub. `names`: speaker label → name as shown, of the whole film. `deleted`: numbers of lines that were deleted."""

    language: str
    revision: int
    lines: tuple[ScriptLine, ...]
    names: Mapping[str, str]
    source_language: str | None = None
    deleted: frozenset[int] = frozenset()
