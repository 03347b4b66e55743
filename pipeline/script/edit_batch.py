"""A batch of edits of a film's scripts, and its result: edits that applied, conflicts cell by cell, and edits that were refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.errors import EditRefused, NotFound
from pipeline.values.edits import LineChange
from pipeline.values.tasks import Task

CellValue = str | float | bool | None  # of a field of an edit; None reverts it


@dataclass(frozen=True, slots=True)
class NewLine:
    """Line to add. `key`: the client's name for it, until it has a number. Without a text it is translated from its source text."""

    key: str
    language: str
    start: float  # s of the film
    end: float
    speaker: str | None = None
    source_text: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class EditBatch:
    """Edits and new lines that belong together. `based_on`: language → revision of the script that the edits were made on; cells that
    somebody else changed since are conflicts. Without it the last edit wins.
    """

    changes: tuple[LineChange, ...] = ()
    added: tuple[NewLine, ...] = ()
    based_on: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EditConflict:
    """A cell that somebody else changed to another value since the edit was made; it stays as they left it."""

    number: int
    language: str
    field: str
    yours: CellValue
    theirs: CellValue


@dataclass(frozen=True, slots=True)
class RefusedEdit:
    """An edit (`number`, with its fields) or a new line (`key`) that was not applied, with a sentence that names the line and the remedy."""

    message: str
    language: str
    number: int | None = None
    key: str | None = None
    is_missing: bool = False  # there is no such line
    fields: tuple[str, ...] = ()

    def make_error(self) -> EditRefused | NotFound:
        """The refusal as an error, for a request of one edit."""
        return (NotFound if self.is_missing else EditRefused)(self.message)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Result of a batch. `applied`: number of edits; `added`: key → number of a new line; `revisions`: language → its script's now."""

    task: Task
    applied: int = 0
    conflicts: tuple[EditConflict, ...] = ()
    refused: tuple[RefusedEdit, ...] = ()
    added: Mapping[str, int] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)
