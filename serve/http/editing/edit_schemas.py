"""Request and response schemas of line edits, as pydantic models. Texts and times are checked line by line, where the edits apply."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from pipeline.script.edit_batch import BatchResult, EditBatch, NewLine
from pipeline.text import languages
from pipeline.values.edits import LineChange
from serve.http.problem import ProblemKind
from serve.http.schemas import Tag, TaskOut

MAX_LINE_NUMBER = 2**31 - 1  # DuckDB's INTEGER
MAX_EDITS = 5_000  # of one call; films have about 1,500 lines
MAX_ADDED = 500
MAX_QUOTED_REFUSALS = 3  # in the sentence for all of them

Number = Annotated[int, Field(ge=1, le=MAX_LINE_NUMBER)]
Label = Annotated[str, Field(min_length=1, max_length=100)]
Seconds = Annotated[float, Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False)]
LineKey = Annotated[str, Field(min_length=1, max_length=100)]


class LineEdit(BaseModel):
    """Edit of a line; null reverts an edit, an absent field keeps it. `text` (the translation), `skip` (keep the original audio) and
    `locked` concern this dub; `source_text` (the corrected transcript), `speaker`, `start` and `end` (seconds of the film) and
    `deleted` (a false recognition: nothing is spoken there) the film.
    """

    model_config = ConfigDict(extra="forbid")

    language: Tag
    text: str | None = None
    source_text: str | None = None
    speaker: Label | None = None
    skip: bool | None = None
    start: Seconds | None = None
    end: Seconds | None = None
    deleted: bool | None = None
    locked: bool | None = None

    def change(self, number: int) -> LineChange:
        """Convert to a value."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"language", "number", "take"}}
        return LineChange(read_tag(self.language), number, **given)


class NumberedEdit(LineEdit):
    """Edit of a line, with its number."""

    number: Number


class AddedLineIn(BaseModel):
    """A new line. `key`: your name for it. Times in seconds of the film. Without `text` it is translated from `source_text`; with
    `source_text` it is a line of every translated dub.
    """

    model_config = ConfigDict(extra="forbid")

    key: LineKey
    language: Tag
    start: Seconds
    end: Seconds
    speaker: Label | None = None
    source_text: str | None = None
    text: str | None = None

    def to_line(self) -> NewLine:
        """Convert to a value."""
        given = {name: getattr(self, name) for name in ("key", "start", "end", "speaker", "source_text", "text")}
        return NewLine(language=read_tag(self.language), **given)


class LineEdits(BaseModel):
    """Edits of several lines, and new lines. `based_on`: language → revision of the script that they were made on; cells that somebody
    else changed since are conflicts. Without it they overwrite.
    """

    model_config = ConfigDict(extra="forbid")

    edits: Annotated[list[NumberedEdit], Field(max_length=MAX_EDITS)] = []
    added: Annotated[list[AddedLineIn], Field(max_length=MAX_ADDED)] = []
    based_on: Annotated[dict[Tag, Annotated[int, Field(ge=0, le=MAX_LINE_NUMBER)]], Field(max_length=50)] = {}

    def to_batch(self) -> EditBatch:
        """Convert to a value."""
        changes = tuple(edit.change(edit.number) for edit in self.edits)
        based_on = {read_tag(tag): revision for tag, revision in self.based_on.items()}
        return EditBatch(changes, tuple(line.to_line() for line in self.added), based_on)


class ConflictOut(BaseModel):
    """A field of a line that somebody else changed to another value since: it stays as they left it."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    language: str
    field: str
    yours: str | float | bool | None
    theirs: str | float | bool | None


class RefusalOut(BaseModel):
    """An edit (`number`) or a new line (`key`) that was not applied, with a sentence that names the line and the remedy."""

    model_config = ConfigDict(from_attributes=True)

    number: int | None
    key: str | None
    language: str
    message: str


class EditsOut(TaskOut):
    """The task, and the result of the edits. `applied`: number of edits; `added`: key → number of the new line; `revisions`: language →
    revision of its script now; `detail`: a sentence about conflicts and refusals, null where there are none.
    """

    applied: int
    conflicts: list[ConflictOut]
    refused: list[RefusalOut]
    added: dict[str, int]
    revisions: dict[str, int]
    detail: str | None

    @classmethod
    def from_result(cls, task: TaskOut, result: BatchResult) -> Self:
        """Convert from the values."""
        given: dict[str, Any] = {name: getattr(task, name) for name in TaskOut.model_fields}
        return cls(
            **given,
            applied=result.applied,
            conflicts=[ConflictOut.model_validate(each) for each in result.conflicts],
            refused=[RefusalOut.model_validate(each) for each in result.refused],
            added=dict(result.added),
            revisions=dict(result.revisions),
            detail=describe_rest(result) or None,
        )


def find_batch_problem(result: BatchResult) -> ProblemKind | None:
    """Kind of problem of a batch's result; None unless nothing of it was applied."""
    if result.applied or result.added or not (result.conflicts or result.refused):
        return None
    return ProblemKind.EDIT_CONFLICT if result.conflicts else ProblemKind.EDIT_REFUSED


def describe_rest(result: BatchResult) -> str:
    """Sentence about the conflicts and the refusals of a batch; "" where it has none."""
    numbers = sorted({each.number for each in result.conflicts})
    listed = ", ".join(map(str, numbers[:10])) + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")
    parts = [f"changed by somebody else since, and left so: line{'s' if len(numbers) > 1 else ''} {listed}"] if numbers else []
    parts += [each.message for each in result.refused[:MAX_QUOTED_REFUSALS]]
    if (more := len(result.refused) - MAX_QUOTED_REFUSALS) > 0:
        parts.append(f"{more} more refused")
    return ". ".join(parts)


def read_tag(text: str) -> str:
    """BCP 47 tag of a language; text that is none stays as it is, and no dub has it."""
    return languages.normalize_tag_or_none(text) or text
