"""Response schemas of script imports, and of the revisions of scripts, as pydantic models."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from pipeline.script.edit_batch import NewLine
from pipeline.script.script_file import CellChange, ScriptComparison, ScriptFile
from pipeline.values.script import CellName, ScriptRevision


class ScriptRevisionOut(BaseModel):
    """Revision of a dub's script, and that of the script which was dubbed. `changed_lines`, `changed_speakers`: since then, numbers and
    labels. `stale`: a sentence about them, null where the dub lacks nothing.
    """

    language: str
    revision: int
    dubbed_revision: int
    changed_lines: list[int]
    changed_speakers: list[str]
    stale: str | None

    @classmethod
    def of(cls, language: str, found: ScriptRevision) -> Self:
        """Convert from the value."""
        return cls(
            language=language,
            revision=found.revision,
            dubbed_revision=found.dubbed,
            changed_lines=list(found.lines),
            changed_speakers=list(found.speakers),
            stale=found.describe() or None,
        )


class CellChangeOut(BaseModel):
    """A changed cell of a line: its text at the export (`before`), now (`current`), and in the file (`after`). An empty translation
    keeps the original audio; start and end are seconds of the film.
    """

    model_config = ConfigDict(from_attributes=True)

    number: int
    cell: CellName
    before: str
    current: str
    after: str

    @classmethod
    def of(cls, change: CellChange) -> Self:
        """Convert from the value."""
        return cls.model_validate(change)


class NewLineOut(BaseModel):
    """A line that the file adds. `place`: its row; times in seconds of the film; `speaker`: a label."""

    place: str
    start: float
    end: float
    speaker: str | None
    source: str | None
    translation: str | None

    @classmethod
    def of(cls, line: NewLine) -> Self:
        """Convert from the value."""
        return cls(
            place=line.key,
            start=line.start,
            end=line.end,
            speaker=line.speaker,
            source=line.source_text,
            translation=line.text,
        )


class ScriptImportOut(BaseModel):
    """Import of an edited script. `revision`: of the script now; `file_revision`: of the export that was edited, null where the file
    does not say. `changes`: applied, in a dry run only listed; `added`: new lines likewise; `conflicts`: changed in the file and by
    somebody else since the export, left as they are; `unmatched`: rows that are no lines; `problems`: cells and times that cannot be
    used; `missing_lines`: lines of the script that the file does not have, which stay; `ignored_columns`: columns that no script has.
    `queued`: the task is dubbed again.
    """

    language: str
    revision: int
    file_revision: int | None
    dry_run: bool
    queued: bool
    changes: list[CellChangeOut]
    added: list[NewLineOut]
    conflicts: list[CellChangeOut]
    unmatched: list[str]
    problems: list[str]
    missing_lines: list[int]
    ignored_columns: list[str]

    @classmethod
    def of(cls, language: str, revision: int, file: ScriptFile, found: ScriptComparison, *, dry_run: bool, queued: bool) -> Self:
        """Convert from the values."""
        return cls(
            language=language,
            revision=revision,
            file_revision=file.revision,
            dry_run=dry_run,
            queued=queued,
            changes=[CellChangeOut.of(change) for change in found.changes],
            added=[NewLineOut.of(line) for line in found.added],
            conflicts=[CellChangeOut.of(change) for change in found.conflicts],
            unmatched=list(found.unmatched),
            problems=list(found.problems),
            missing_lines=list(found.missing),
            ignored_columns=list(file.ignored),
        )
