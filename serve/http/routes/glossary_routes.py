"""Glossary routes: the glossary of the library, and that of one task, whose entries count first."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import GlossaryError
from pipeline.text.glossary import MAX_GLOSSARY_BYTES, parse_glossary
from serve.http.dependencies import ContextDependency
from serve.http.openapi import describe_error
from serve.http.routes.task_routes import TASK_ERRORS, TaskId
from serve.intake.library_glossary import read_library_text, write_library_text

GLOSSARY_ERRORS: dict[int | str, dict[str, Any]] = {
    409: describe_error("The file cannot be written."),
    422: describe_error("Lines of the glossary are malformed; each is named with its number."),
}

router = APIRouter(prefix="/api", tags=["resources"])


class GlossaryIn(BaseModel):
    """A glossary as text, `[es:] term [= translation] [[IPA]] ["respelling"]` a line."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=MAX_GLOSSARY_BYTES, examples=['es: Siobhan = Siobhan [ʃiˈβon] "Chivón"'])]


class GlossaryOut(BaseModel):
    """A glossary as text. `terms`: their number; `problems`: of malformed lines, each with its number; `file`: on the service's
    machine, null for a task's.
    """

    text: str
    terms: int
    problems: list[str]
    file: str | None

    @classmethod
    def of(cls, text: str, file: str | None = None) -> "GlossaryOut":
        """Convert from the text."""
        try:
            return cls(text=text, terms=len(parse_glossary(text)), problems=[], file=file)
        except GlossaryError as error:
            return cls(text=text, terms=0, problems=list(error.problems), file=file)


@router.get("/glossary")
def get_glossary(context: ContextDependency) -> GlossaryOut:
    """Read the library's glossary; empty where there is none yet."""
    return GlossaryOut.of(read_library_text(context.settings), str(context.settings.glossary_file))


@router.put("/glossary", responses=GLOSSARY_ERRORS)
def put_glossary(context: ContextDependency, glossary: Annotated[GlossaryIn, Body()]) -> GlossaryOut:
    """Replace the library's glossary. Films that are dubbed from now on use it; no film is dubbed again for it."""
    write_library_text(context.settings, glossary.text)
    return GlossaryOut.of(glossary.text, str(context.settings.glossary_file))


@router.get("/tasks/{task_id}/glossary", responses=TASK_ERRORS)
def get_task_glossary(context: ContextDependency, task_id: TaskId) -> GlossaryOut:
    """Read the glossary of one task; PATCH the task to change it."""
    return GlossaryOut.of(context.store.lines.get_glossary(task_id))
