"""What people change about a dub: its lines and its speakers. Only what depends on a change is made anew."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pipeline.text import languages
from pipeline.values.edits import Cast, CastMember, LineChange, SpeakerChange
from serve.http.dependencies import Asking
from serve.http.routes.task_routes import PROBLEMS, TaskId, task_out
from serve.http.schemas import Tag, TaskOut, problem

LARGEST_NUMBER = 2**31 - 1  # DuckDB's INTEGER
MOST_EDITS = 2_000  # of one call; films have about 1,500 lines

Number = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Label = Annotated[str, Field(min_length=1, max_length=100)]
LineNumber = Annotated[int, InPath(ge=1, le=LARGEST_NUMBER)]
SpeakerLabel = Annotated[str, InPath(min_length=1, max_length=100)]
REFUSALS: dict[int | str, dict[str, Any]] = PROBLEMS | {
    422: problem("It cannot be understood, or it asks for a speaker or a voice that there is not.")
}

router = APIRouter(prefix="/api", tags=["resources"])


class LineEdit(BaseModel):
    """What to change of a line; null takes an edit back, and what is absent stays. `text` and `skip` (leave it to the original)
    are about this dub, `source_text` (what is really said) and `speaker` (who really says it) about the film.
    """

    model_config = ConfigDict(extra="forbid")

    language: Tag
    text: Text | None = None
    source_text: Text | None = None
    speaker: Label | None = None
    skip: bool | None = None

    def change(self, number: int) -> LineChange:
        """As a value."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"language", "number"}}
        return LineChange(languages.required(self.language), number, **given)


class NumberedEdit(LineEdit):
    """What to change of one of several lines."""

    number: Number


class LineEdits(BaseModel):
    """Changes of several lines: all of them, or none."""

    model_config = ConfigDict(extra="forbid")

    edits: Annotated[list[NumberedEdit], Field(max_length=MOST_EDITS)]


class SpeakerEditIn(BaseModel):
    """What to change of a speaker; null takes it back, and what is absent stays. `name` is only shown; the lines of who is
    merged into somebody are spoken by their voice; `voices` are names from the choices.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    merge_into: Label | None = None
    voices: Annotated[dict[Tag, Annotated[str, Field(min_length=1, max_length=200)] | None], Field(max_length=50)] = {}

    def change(self, label: str) -> SpeakerChange:
        """As a value."""
        given: dict[str, Any] = {}
        if "name" in self.model_fields_set:
            given["name"] = self.name
        if "merge_into" in self.model_fields_set:
            given["merged_into"] = self.merge_into
        return SpeakerChange(label, voices={languages.required(tag): name for tag, name in self.voices.items()}, **given)


class SpeakerOut(BaseModel):
    """Somebody in a film. `seconds` of speech, `pitch` in Hz; `lines` of the last dub. `voices` and `chosen`: language → the voice
    that the last dub has, and the one that people chose. `clip`: whether there is a reference clip.
    """

    label: str
    name: str | None
    seconds: float
    pitch: float | None
    register_: Annotated[Literal["low", "high"] | None, Field(alias="register")]  # pydantic has a method of that name
    lines: int
    merged_into: str | None
    voices: Mapping[str, str]
    chosen: Mapping[str, str]
    clip: bool


class SpeakersOut(BaseModel):
    """Who speaks in a film, by speaking time; `choices`: language → the voices that can be chosen."""

    speakers: list[SpeakerOut]
    choices: dict[str, list[str]]

    @classmethod
    def of(cls, cast: Cast) -> Self:
        """From the value."""
        names = [each.name for each in fields(CastMember)]
        members = [{name: getattr(member, name) for name in names} for member in cast.members]
        speakers = [SpeakerOut.model_validate(member | {"clip": member["clip"] is not None}) for member in members]
        return cls(speakers=speakers, choices={language: list(names) for language, names in cast.choices.items()})


@router.patch("/tasks/{task_id}/lines/{number}", responses=REFUSALS)
def edit_line(context: Asking, task_id: TaskId, number: LineNumber, edit: LineEdit) -> TaskOut:
    """Change a line; the task is queued again where that changes anything."""
    context.store.edits.change_lines(task_id, [edit.change(number)])
    return task_out(context, task_id)


@router.patch("/tasks/{task_id}/lines", responses=REFUSALS)
def edit_lines(context: Asking, task_id: TaskId, wanted: LineEdits) -> TaskOut:
    """Change several lines, all or none; the task is queued again once."""
    context.store.edits.change_lines(task_id, [edit.change(edit.number) for edit in wanted.edits])
    return task_out(context, task_id)


@router.get("/tasks/{task_id}/speakers", responses=PROBLEMS)
def speakers(context: Asking, task_id: TaskId) -> SpeakersOut:
    """Who speaks in the film, with which voices, and which there are to choose from; nobody before the first dub."""
    return SpeakersOut.of(context.store.cast.of(task_id))


@router.patch("/tasks/{task_id}/speakers/{label}", responses=REFUSALS)
def edit_speaker(context: Asking, task_id: TaskId, label: SpeakerLabel, edit: SpeakerEditIn) -> SpeakersOut:
    """Name a speaker, give them another voice, or let somebody else's voice speak for them."""
    context.store.edits.change_speaker(task_id, edit.change(label))
    return SpeakersOut.of(context.store.cast.of(task_id))
