"""Response schemas of a dub's lines, their manual edits, and the quality reports, as pydantic models."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from pipeline.values.dub_report import Report
from pipeline.values.notes import DubNote, Severity
from pipeline.values.tasks import LineRow


class EditOut(BaseModel):
    """Manual edits of a line, dubbed already or not; null where there is none."""

    model_config = ConfigDict(from_attributes=True)

    text: str | None
    source_text: str | None
    speaker: str | None
    skip: bool | None
    start: float | None
    end: float | None
    deleted: bool | None
    locked: bool | None


class LineOut(BaseModel):
    """A line of a finished dub, or one that was added since. Times in seconds from the start of the film. `skip`: the original audio
    was kept by an edit; `edit`: the manual edits, which may not be dubbed yet. `confidence`: of the recognition of its source, 0..1, null where the
    text was not recognised. `risk`: probability that the line is wrong, 0..1, with its `reasons` in short words, the likeliest first;
    null in a dub of an older release.
    """

    model_config = ConfigDict(from_attributes=True)

    number: int
    language: str
    speaker: str | None
    start: float
    end: float
    latest_end: float
    source_text: str
    text: str
    text_source: str
    dub_start: float
    dub_seconds: float
    rate: float
    stretch: float
    skip: bool
    edit: EditOut | None
    confidence: float | None
    risk: float | None
    reasons: list[str]


class LinesOut(BaseModel):
    """The lines of one language or of all, in order of start. Their numbers identify them: an added line has the highest."""

    lines: list[LineOut]

    @classmethod
    def of(cls, lines: Sequence[LineRow]) -> Self:
        """Convert from the values."""
        return cls(lines=[LineOut.model_validate(line) for line in lines])


class NoteOut(BaseModel):
    """A note on a dub. `lines`: numbers of the lines that it concerns; `language`: of the dub, null for a note on all of them."""

    text: str
    severity: Severity
    lines: list[int]
    language: str | None

    @classmethod
    def of(cls, found: DubNote) -> Self:
        """Convert from the value."""
        return cls(text=found.note.text, severity=found.note.severity, lines=list(found.note.lines), language=found.language)


class ReportsOut(BaseModel):
    """Quality assessments of the dubs: language → report."""

    # An older report lacks what is measured today: it is answered as it was stored.
    reports: dict[str, Annotated[Report | dict[str, Any], Field(union_mode="left_to_right")]]

    @classmethod
    def of(cls, reports: Mapping[str, str]) -> Self:
        """From the stored JSON."""
        return cls(reports={language: json.loads(report) for language, report in reports.items()})
