"""Export routes: a dub's audio in parts, its lines as clips, and a timeline for editing programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse, StreamingResponse

from pipeline.exports.clip_archive import iterate_archive
from pipeline.exports.research_tables import ResearchTable
from pipeline.text import languages
from pipeline.values.media import AudioFormat
from serve.http.dependencies import ContextDependency, EncoderDependency
from serve.http.media.dub_exports import AudioPart, list_clips, list_timeline_files, open_audio
from serve.http.media.file_responses import OpenedFileResponse
from serve.http.media.listening_clips import DEFAULT_PAIRS, MAX_PAIRS, ListeningTest, list_test_files
from serve.http.media.research_files import open_table
from serve.http.media.script_files import load_script
from serve.http.openapi import describe_error
from serve.http.query_runner import ARROW_TYPE
from serve.http.routes.playback_routes import BINARY_CONTENT, FILE_RESPONSES, FILM_ERRORS
from serve.http.routes.script_routes import attachment_headers
from serve.http.routes.task_routes import MAX_TASK_ID, TASK_ERRORS, TaskId
from serve.http.schemas import Tag

EXPORT_ERRORS: dict[int | str, dict[str, Any]] = TASK_ERRORS | {
    429: FILM_ERRORS[429],
    500: describe_error("The audio could not be converted; the sentence says why."),
}
ZIP_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": BINARY_CONTENT}, "description": "A ZIP archive."}
}
MAX_SEED = 2**53 - 1  # that JSON and spreadsheets keep exactly
TABLE_RESPONSES: dict[int | str, dict[str, Any]] = TASK_ERRORS | {
    200: {"content": {ARROW_TYPE: BINARY_CONTENT}, "description": "An Arrow IPC stream."},
    409: describe_error("The table is too large, or its times are of two films: that of a preview and the rest."),
}
DubLanguage = Annotated[Tag, Query(description="of the dub")]

router = APIRouter(prefix="/api", tags=["resources"])


@router.get("/tasks/{task_id}/exports/{part}", response_class=FileResponse, responses=EXPORT_ERRORS | FILE_RESPONSES)
def export_audio(
    context: ContextDependency,
    encoder: EncoderDependency,
    task_id: TaskId,
    part: AudioPart,
    language: DubLanguage,
    form: Annotated[AudioFormat, Query(alias="format")] = AudioFormat.WAV,
) -> Response:
    """Export the audio of a dub, as long as the film: the whole mix (dub), its voices alone (speech), the film's music and effects
    (background, where it was separated), or each alone (music, effects; where the separator's model has both).
    """
    task, tag = context.store.tasks.get(task_id), languages.require_tag(language)
    audio = open_audio(context.store, (task, tag), part, form, context.settings, encoder)
    infix = "" if part is AudioPart.DUB else f".{part}"
    headers = attachment_headers(f"{task.path.stem}.{tag}{infix}.{form}")
    return OpenedFileResponse(audio, media_type=f"audio/{form}", headers=headers)


@router.get("/tasks/{task_id}/clips", response_class=StreamingResponse, responses=TASK_ERRORS | ZIP_RESPONSE)
def export_clips(context: ContextDependency, task_id: TaskId, language: DubLanguage) -> StreamingResponse:
    """Export the lines of a dub as audio clips in a ZIP archive, one a line, named by number, speaker and language, with the script."""
    script = load_script(context.store, task_id, languages.require_tag(language))
    name = f"{context.store.tasks.get(task_id).path.stem}.{script.language}.clips.zip"
    archive = iterate_archive(list_clips(script, context.settings))
    return StreamingResponse(archive, media_type="application/zip", headers=attachment_headers(name))


@router.get(
    "/tasks/{task_id}/listening-test",
    response_class=StreamingResponse,
    responses=TASK_ERRORS | ZIP_RESPONSE | {409: describe_error("A task is not finished, or the tasks are of different films.")},
)
def export_listening_test(
    context: ContextDependency,
    encoder: EncoderDependency,
    task_id: TaskId,
    language: DubLanguage,
    against: Annotated[
        int | None, Query(ge=0, le=MAX_TASK_ID, description="the task of another dub; without it, the film")
    ] = None,
    pairs: Annotated[int, Query(ge=1, le=MAX_PAIRS, description="at most so many lines")] = DEFAULT_PAIRS,
    seed: Annotated[int, Query(ge=0, le=MAX_SEED, description="of the choice and order of lines, and of A and B")] = 1,
) -> StreamingResponse:
    """Export pairs of clips for a listening test as a ZIP archive: lines of the film and of its dub, or of two dubs of it, cut at the same
    times and matched in loudness (-23 LUFS). manifest.csv tells which is which, in the order of the test.
    """
    tasks, tag = context.store.tasks, languages.require_tag(language)
    other = tasks.get(against) if against is not None else None
    test = ListeningTest(tasks.get(task_id), tag, other, pairs, seed)
    archive = iterate_archive(list_test_files(context.store, test, context.settings, encoder))
    headers = attachment_headers(f"{test.task.path.stem}.{tag}.listening-test.zip")
    return StreamingResponse(archive, media_type="application/zip", headers=headers)


@router.get("/tasks/{task_id}/tables/{table}", response_class=StreamingResponse, responses=TABLE_RESPONSES)
def export_table(
    context: ContextDependency,
    task_id: TaskId,
    table: ResearchTable,
    language: Annotated[Tag | None, Query(description="of the dub; all without it. For candidates and plan")] = None,
) -> StreamingResponse:
    """Export a table for research as an Arrow stream: recognised words with times and confidences, diarization turns, speaker embeddings,
    wordings of the translator (candidates), or the timing plan. The metadata of each column has its unit and meaning.
    """
    task, tag = context.store.tasks.get(task_id), languages.require_tag(language) if language else None
    stream = open_table(context.store, task, table, tag)
    return StreamingResponse(stream, media_type=ARROW_TYPE, headers=attachment_headers(f"{task.path.stem}.{table}.arrows"))


@router.get(
    "/tasks/{task_id}/timeline",
    response_class=StreamingResponse,
    responses=TASK_ERRORS | ZIP_RESPONSE | {409: describe_error("OpenTimelineIO is not installed.")},
)
def export_timeline(context: ContextDependency, task_id: TaskId, language: DubLanguage) -> StreamingResponse:
    """Export a dub as an OpenTimelineIO timeline, in a ZIP archive with its clips: a track a speaker, notes as markers. The film and the
    dub's mix are looked for beside it.
    """
    task, tag = context.store.tasks.get(task_id), languages.require_tag(language)
    archive = iterate_archive(list_timeline_files(context.store, task, tag, context.settings))
    headers = attachment_headers(f"{task.path.stem}.{tag}.timeline.zip")
    return StreamingResponse(archive, media_type="application/zip", headers=headers)
