"""The routes by which people watch and hear a dub: the film with any track, a line and its take, a speaker, subtitles."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any, Self, cast

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel

from pipeline.errors import UsersFault
from pipeline.ffmpeg.playback import watch_command
from pipeline.path_guard import OpenedPath
from pipeline.text import languages
from serve.http.media import audio_clips, subtitle_export
from serve.http.media import audio_tracks as tracks
from serve.http.media.audio_tracks import Showing
from serve.http.dependencies import Asking
from serve.http.media.file_responses import OpenedFileResponse
from serve.http.routes.edit_routes import LineNumber, SpeakerLabel
from serve.http.routes.task_routes import PROBLEMS, TaskId
from serve.http.schemas import Tag, problem
from serve.http.media.streaming import Screening, Seats
from serve.http.media.subtitle_export import MEDIA_TYPES, Form

TO_KEEP = {"cache-control": "private, no-cache"}  # a take changes with its line
AUDIO_TYPES = {".flac": "audio/flac", ".wav": "audio/wav"}
BINARY = {"schema": {"type": "string", "format": "binary"}}
OF_FILMS: dict[int | str, dict[str, Any]] = PROBLEMS | {
    403: problem("The film lies outside the library roots."),
    422: problem("It cannot be understood, or the file is no film any more."),
    429: problem("As many as can be served at a time are being served; Retry-After says when to ask again."),
}
OF_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": dict.fromkeys(AUDIO_TYPES.values(), BINARY), "description": "The sound."},
    206: {"description": "The range that was asked for."},
    400: {"description": "The range cannot be understood."},
    416: {"description": "The range lies outside the file."},
}
Language = Annotated[Tag | None, Query(description="of the dub whose line it is; dubs from subtitles count otherwise")]

router = APIRouter(prefix="/api", tags=["resources"])


def _showing(context: Asking, task_id: TaskId) -> Iterator[Showing]:
    """The film of a task, held open until the answer is sent."""
    with tracks.showing(context.store.tasks.task(task_id), context.settings) as shown:
        yield shown


Shown = Annotated[Showing, Depends(_showing)]


def _seats(request: Request) -> Seats:
    return cast(Seats, request.app.state.seats)


def _require_whole(range_: Annotated[str | None, Header(alias="range", include_in_schema=False)] = None) -> None:
    """416 for a later part of an answer. Browsers ask so after a break, and would take it all again only to throw it away."""
    if range_ is not None and range_.strip() != "bytes=0-":
        raise HTTPException(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "it has no parts; ask again from another start")


class TrackOut(BaseModel):
    """A track to watch the film with. `id`: "original", or the language of the dub."""

    id: str
    language: str | None
    title: str


class TracksOut(BaseModel):
    """The tracks of a film, the original first; `duration` in seconds."""

    tracks: list[TrackOut]
    duration: float

    @classmethod
    def of(cls, shown: Showing) -> Self:
        """From the value."""
        found = [TrackOut(id=track.id, language=track.language, title=track.title) for track in shown.tracks]
        return cls(tracks=found, duration=shown.film.duration)


@router.get("/tasks/{task_id}/tracks", responses={status: OF_FILMS[status] for status in (403, 404, 422)})
def list_tracks(shown: Shown) -> TracksOut:
    """The tracks that the film can be watched with."""
    return TracksOut.of(shown)


@router.get(
    "/tasks/{task_id}/watch",
    response_class=StreamingResponse,
    dependencies=[Depends(_require_whole)],
    responses=OF_FILMS
    | {
        200: {"content": {"video/mp4": BINARY}, "description": "Fragmented MP4, H.264 and AAC."},
        416: problem("It has no parts; ask again from another start."),
    },
)
async def watch(
    shown: Shown,
    seats: Annotated[Seats, Depends(_seats)],
    track: Annotated[str, Query(max_length=35, description="an id of its tracks")] = tracks.ORIGINAL,
    start: Annotated[
        float, Query(ge=0.0, allow_inf_nan=False, description="second of the film that is the first of the answer")
    ] = 0.0,
) -> Screening:
    """The film with one of its tracks, made small while it is watched. It cannot be sought in: ask again from another start."""
    if start >= shown.film.duration:
        raise UsersFault(f"the film ends at {shown.film.duration:.1f} s; give a start before that")
    return Screening(watch_command(shown.path, shown.film, shown.track(track).index, start), seats)


@router.get("/tasks/{task_id}/lines/{number}/source", response_class=Response, responses=OF_FILMS | {200: OF_FILES[200]})
def line_source(context: Asking, task_id: TaskId, number: LineNumber, language: Language = None) -> Response:
    """A line as the film says it, at most a minute."""
    line = audio_clips.line_of(context.store, task_id, number, language and languages.required(language))
    return sound(audio_clips.line_in_film(context.store.tasks.task(task_id), line, context.settings))


@router.get("/tasks/{task_id}/lines/{number}/take", response_class=FileResponse, responses=PROBLEMS | OF_FILES)
def line_take(context: Asking, task_id: TaskId, number: LineNumber, language: Tag) -> Response:
    """A line as the dub says it."""
    line = audio_clips.line_of(context.store, task_id, number, languages.required(language))
    return sound(audio_clips.take_of(line, context.settings))


@router.get("/tasks/{task_id}/speakers/{label}/clip", response_class=FileResponse, responses=OF_FILMS | OF_FILES)
def speaker_clip(context: Asking, task_id: TaskId, label: SpeakerLabel) -> Response:
    """How a speaker sounds in the film, at most twelve seconds."""
    task = context.store.tasks.task(task_id)
    return sound(audio_clips.speaker_in_film(context.store, task, label, context.settings))


@router.get(
    "/tasks/{task_id}/subtitles/{language}",
    response_class=Response,
    responses=PROBLEMS
    | {
        200: {"content": {kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()}, "description": "The subtitles."}
    },
)
def subtitles(
    context: Asking, task_id: TaskId, language: Annotated[Tag, InPath()], form: Annotated[Form, Query(alias="format")] = Form.SRT
) -> Response:
    """What a dub says; in the film's own language, what is said there."""
    return Response(subtitle_export.written(context.store, task_id, language, form), media_type=MEDIA_TYPES[form])


def sound(what: OpenedPath | bytes) -> Response:
    """A sound file of ours, or the bytes of a FLAC."""
    if isinstance(what, bytes):
        return Response(what, media_type="audio/flac", headers=TO_KEEP)
    return OpenedFileResponse(what, media_type=AUDIO_TYPES.get(what.path.suffix, "application/octet-stream"), headers=TO_KEEP)
