"""Edit routes: manual changes of a dub's lines and speakers. Only stages that depend on a change run again."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pipeline.text import languages
from pipeline.values.edits import Cast, CastMember, SpeakerChange
from serve.http.dependencies import ContextDependency
from serve.http.editing.edit_schemas import MAX_LINE_NUMBER, EditsOut, Label, LineEdit, LineEdits, find_batch_problem
from serve.http.errors import ProblemResponse
from serve.http.openapi import describe_error
from serve.http.routes.task_routes import MAX_TASK_ID, TASK_ERRORS, TaskId, read_task
from serve.http.schemas import Tag, TaskOut

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
LineNumber = Annotated[int, InPath(ge=1, le=MAX_LINE_NUMBER)]
SpeakerLabel = Annotated[str, InPath(min_length=1, max_length=100)]
EDIT_ERRORS: dict[int | str, dict[str, Any]] = TASK_ERRORS | {
    422: describe_error("Invalid request, or an unknown speaker or voice.")
}
BATCH_EXTENSIONS: dict[str, Any] = {
    "conflicts": {"type": "array", "items": {"$ref": "#/components/schemas/ConflictOut"}},
    "refused": {"type": "array", "items": {"$ref": "#/components/schemas/RefusalOut"}},
    "revisions": {"type": "object", "additionalProperties": {"type": "integer"}},
    "applied": {"type": "integer", "const": 0},
}
BATCH_ERRORS: dict[int | str, dict[str, Any]] = TASK_ERRORS | {
    409: describe_error("Nothing was applied: somebody else changed these cells since.", BATCH_EXTENSIONS),
    422: describe_error("Invalid request, or nothing was applied: `refused` has a sentence for each edit.", BATCH_EXTENSIONS),
}

router = APIRouter(prefix="/api", tags=["resources"])


class LineEditIn(LineEdit):
    """Edit of one line. `take`: id of one of its candidates, which the dub speaks from now on, with its text; null: the usual take."""

    take: Annotated[int, Field(ge=0, le=MAX_TASK_ID)] | None = None


class SpeakerEditIn(BaseModel):
    """Edit of a speaker; null reverts an edit, an absent field keeps it. `name` is only displayed; the lines of a merged speaker
    get the other's voice; `voices`: language → a name from the choices.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    merge_into: Label | None = None
    voices: Annotated[dict[Tag, Annotated[str, Field(min_length=1, max_length=200)] | None], Field(max_length=50)] = {}

    def change(self, label: str) -> SpeakerChange:
        """Convert to a value."""
        given: dict[str, Any] = {}
        if "name" in self.model_fields_set:
            given["name"] = self.name
        if "merge_into" in self.model_fields_set:
            given["merged_into"] = self.merge_into
        return SpeakerChange(label, voices={languages.require_tag(tag): name for tag, name in self.voices.items()}, **given)


class SpeakerOut(BaseModel):
    """A speaker of a film. `seconds` of speech, `pitch` in Hz; `lines` of the last dub. `voices` and `chosen`: language → the voice
    of the last dub, and the one chosen manually. `clip`: True if there is a reference clip.
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
    """Speakers of a film, in the order in which they first speak; `choices`: language → the voices that can be chosen."""

    speakers: list[SpeakerOut]
    choices: dict[str, list[str]]

    @classmethod
    def of(cls, cast: Cast) -> Self:
        """Convert from the value."""
        names = [each.name for each in fields(CastMember)]
        members = [{name: getattr(member, name) for name in names} for member in cast.members]
        speakers = [SpeakerOut.model_validate(member | {"clip": member["clip"] is not None}) for member in members]
        return cls(speakers=speakers, choices={language: list(names) for language, names in cast.choices.items()})


@router.patch("/tasks/{task_id}/lines/{number}", responses=EDIT_ERRORS)
def edit_line(context: ContextDependency, task_id: TaskId, number: LineNumber, edit: LineEditIn) -> TaskOut:
    """Edit a line; the task is queued again where that changes anything."""
    if "take" in edit.model_fields_set:
        context.store.edits.choose_take(task_id, languages.require_tag(edit.language), number, edit.take)
    context.store.edits.change_lines(task_id, [edit.change(number)])
    return read_task(context, task_id)


@router.patch("/tasks/{task_id}/lines", response_model=EditsOut, responses=BATCH_ERRORS)
def edit_lines(request: Request, context: ContextDependency, task_id: TaskId, body: LineEdits) -> EditsOut | ProblemResponse:
    """Edit, move, split, merge, add and delete lines; the task is queued again once. An edit that cannot be applied is listed with its
    reason, and does not refuse the others: `conflicts` are cells that somebody else changed since `based_on`, `refused` the rest.

    A split is an edit of `end` and texts and a new line, a merge an edit of `end` and texts and a deletion. Numbers identify lines; their
    order is that of their starts.
    """
    result = context.store.edits.edit_lines(task_id, body.to_batch())
    answer = EditsOut.from_result(read_task(context, task_id), result)
    if kind := find_batch_problem(result):
        extensions = answer.model_dump(mode="json", include=set(BATCH_EXTENSIONS))
        return ProblemResponse(request, kind, answer.detail or "", extensions=extensions)
    return answer


@router.get("/tasks/{task_id}/speakers", responses=TASK_ERRORS)
def list_speakers(context: ContextDependency, task_id: TaskId) -> SpeakersOut:
    """List the speakers, their voices, and the voices to choose from; empty before the first dub."""
    return SpeakersOut.of(context.store.cast.get_cast(task_id))


@router.patch("/tasks/{task_id}/speakers/{label}", responses=EDIT_ERRORS)
def edit_speaker(context: ContextDependency, task_id: TaskId, label: SpeakerLabel, edit: SpeakerEditIn) -> SpeakersOut:
    """Rename a speaker, choose their voice, or merge them into another."""
    context.store.edits.change_speaker(task_id, edit.change(label))
    return SpeakersOut.of(context.store.cast.get_cast(task_id))
