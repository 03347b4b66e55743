"""Script routes: the script of a dub as a file, and an edited file imported as edits."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from pipeline.control_characters import escape_control_characters
from pipeline.script.formats import ScriptFormat, find_revision_in_name, name_script_file, read_script, write_script
from pipeline.text import languages
from serve.http.dependencies import Context, ContextDependency
from serve.http.media.script_files import import_script, load_script, with_revision
from serve.http.openapi import describe_error
from serve.http.routes.task_routes import TASK_ERRORS, TaskId
from serve.http.schemas import Tag
from serve.http.script_schemas import ScriptImportOut

MEDIA_TYPES = {
    ScriptFormat.CSV: "text/csv",
    ScriptFormat.JSON: "application/json",
    ScriptFormat.SRT: "application/x-subrip",
    ScriptFormat.VTT: "text/vtt",
}
TEXT_CONTENT = {"schema": {"type": "string"}}
IMPORT_ERRORS: dict[int | str, dict[str, Any]] = TASK_ERRORS | {
    409: describe_error("The script changed while it was imported; import it again."),
    413: describe_error("The file is too large."),
    422: describe_error("Invalid request, or a file that is no script of this dub."),
}
IMPORT_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/octet-stream", *MEDIA_TYPES.values())
        },
    }
}

router = APIRouter(prefix="/api", tags=["resources"])


@router.get(
    "/tasks/{task_id}/script",
    response_class=Response,
    responses=TASK_ERRORS | {200: {"content": dict.fromkeys(MEDIA_TYPES.values(), TEXT_CONTENT), "description": "The script."}},
)
def export_script(
    context: ContextDependency,
    task_id: TaskId,
    language: Annotated[Tag, Query(description="of the dub")],
    form: Annotated[ScriptFormat, Query(alias="format")] = ScriptFormat.CSV,
) -> Response:
    """Export the script of a dub, edits included: lines with source, translation, speaker, times and notes. Subtitles have one cue a
    line, at the times of the source. The file carries the script's revision, for its import.
    """
    script = load_script(context.store, task_id, languages.require_tag(language))
    film = context.store.tasks.get(task_id).path.stem
    headers = attachment_headers(name_script_file(film, script, form))
    return Response(write_script(script, form), media_type=MEDIA_TYPES[form], headers=headers)


@router.post("/tasks/{task_id}/script", responses=IMPORT_ERRORS, openapi_extra=IMPORT_BODY)
async def post_script(
    request: Request,
    context: ContextDependency,
    task_id: TaskId,
    language: Annotated[Tag, Query(description="of the dub")],
    dry_run: Annotated[bool, Query(description="list the changes only")] = False,
    name: Annotated[
        str, Query(max_length=1_000, description="name of the file, which may carry its revision: film.es.r4.srt")
    ] = "",
) -> ScriptImportOut:
    """Import an edited script: CSV, JSON, SubRip or WebVTT as the request's body. Cells that differ become edits, and the task is
    queued again for them. Rows are found by number, cues by time. A cell that somebody else changed since the file was exported
    stays, and is listed as a conflict. An empty translation keeps the original audio. A row without a line's number, with start, end
    and a text, is added as a new line; a line without a row stays.
    """
    content = await request.body()
    return await asyncio.to_thread(_import_content, context, task_id, languages.require_tag(language), content, name, dry_run)


def _import_content(context: Context, task_id: int, language: str, content: bytes, name: str, dry_run: bool) -> ScriptImportOut:
    script = load_script(context.store, task_id, language)
    file = with_revision(read_script(content, language=language), find_revision_in_name(name))
    found, queued = import_script(context.store, task_id, script, file, dry_run=dry_run)
    return ScriptImportOut.of(language, script.revision + queued, file, found, dry_run=dry_run, queued=queued)


def attachment_headers(name: str) -> dict[str, str]:
    """Headers of a response that a browser saves under this name (RFC 6266)."""
    return {"content-disposition": f"attachment; filename*=utf-8''{quote(escape_control_characters(name), safe='')}"}
