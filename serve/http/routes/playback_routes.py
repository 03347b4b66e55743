"""Playback routes: the film with any audio track, a line's source audio and take, a speaker's sample, subtitles."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any, Self, cast

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel

from pipeline.errors import UsersFault
from pipeline.ffmpeg.playback import build_watch_command
from pipeline.filesystem.path_guard import OpenedPath
from pipeline.text import languages
from serve.http.dependencies import ContextDependency, EncoderDependency
from serve.http.media import audio_clips, subtitle_export, waveforms
from serve.http.media import audio_tracks as tracks
from serve.http.media.audio_tracks import PlayableFilm
from serve.http.media.file_responses import OpenedFileResponse
from serve.http.media.streaming import StreamSlots, VideoStreamResponse
from serve.http.media.subtitle_export import MEDIA_TYPES, SubtitleFormat
from serve.http.openapi import describe_error
from serve.http.routes.edit_routes import LineNumber, SpeakerLabel
from serve.http.routes.task_routes import TASK_ERRORS, TaskId
from serve.http.schemas import Tag

CACHE_HEADERS = {"cache-control": "private, no-cache"}  # a take changes when its line is edited
AUDIO_TYPES = {".flac": "audio/flac", ".wav": "audio/wav"}
BINARY_CONTENT = {"schema": {"type": "string", "format": "binary"}}
FILM_ERRORS: dict[int | str, dict[str, Any]] = TASK_ERRORS | {
    403: describe_error("The film lies outside the library roots."),
    422: describe_error("Invalid request, or the file is no film any more."),
    429: describe_error("Too many requests at a time; see Retry-After."),
}
FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": dict.fromkeys(AUDIO_TYPES.values(), BINARY_CONTENT), "description": "The audio."},
    206: {"description": "The requested range."},
    400: {"description": "Malformed range."},
    416: {"description": "The range lies outside the file."},
}
Language = Annotated[Tag | None, Query(description="of the dub whose line it is; dubs from subtitles count otherwise")]

router = APIRouter(prefix="/api", tags=["resources"])


def get_playable_film(context: ContextDependency, task_id: TaskId) -> Iterator[PlayableFilm]:
    """Dependency: the film of a task, held open until the response is sent."""
    with tracks.open_playable(context.store.tasks.get(task_id), context.settings) as film:
        yield film


PlayableFilmDependency = Annotated[PlayableFilm, Depends(get_playable_film)]


def get_stream_slots(request: Request) -> StreamSlots:
    """Dependency: the concurrency limit on streams."""
    return cast(StreamSlots, request.app.state.stream_slots)


def _require_whole(range_: Annotated[str | None, Header(alias="range", include_in_schema=False)] = None) -> None:
    """Refuse range requests with 416: browsers send them after an interruption, and would read the whole stream again only to drop it."""
    if range_ is not None and range_.strip() != "bytes=0-":
        raise HTTPException(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "range requests are not supported; request again with another start"
        )


class TrackOut(BaseModel):
    """An audio track for playback. `id`: "original", or the language of the dub."""

    id: str
    language: str | None
    title: str


class TracksOut(BaseModel):
    """The tracks of a film, the original first; `duration` in seconds."""

    tracks: list[TrackOut]
    duration: float

    @classmethod
    def of(cls, film: PlayableFilm) -> Self:
        """From the value."""
        found = [TrackOut(id=track.id, language=track.language, title=track.title) for track in film.tracks]
        return cls(tracks=found, duration=film.film.duration)


@router.get("/tasks/{task_id}/tracks", responses={status: FILM_ERRORS[status] for status in (403, 404, 422)})
def list_tracks(film: PlayableFilmDependency) -> TracksOut:
    """List the audio tracks for playback."""
    return TracksOut.of(film)


@router.get(
    "/tasks/{task_id}/watch",
    response_class=StreamingResponse,
    dependencies=[Depends(_require_whole)],
    responses=FILM_ERRORS
    | {
        200: {"content": {"video/mp4": BINARY_CONTENT}, "description": "Fragmented MP4, H.264 and AAC."},
        416: describe_error("Range requests are not supported; request again with another start."),
    },
)
async def stream_film(
    film: PlayableFilmDependency,
    slots: Annotated[StreamSlots, Depends(get_stream_slots)],
    track: Annotated[str, Query(max_length=35, description="an id of its tracks")] = tracks.ORIGINAL_TRACK_ID,
    start: Annotated[
        float, Query(ge=0.0, allow_inf_nan=False, description="second of the film that is the first of the answer")
    ] = 0.0,
    speed: Annotated[float, Query(ge=0.5, le=2.0, allow_inf_nan=False, description="at which it is played")] = 1.0,
) -> VideoStreamResponse:
    """Stream the film with one of its tracks, transcoded on the fly. Not seekable: request again with another `start`."""
    if start >= film.film.duration:
        raise UsersFault(f"the film ends at {film.film.duration:.1f} s; give a start before that")
    sound = film.track(track)
    command = build_watch_command(film.path, film.film, sound.index, start, sound_file=sound.file)
    return VideoStreamResponse(command, slots, speed=speed)


@router.get(
    "/tasks/{task_id}/waveform",
    response_class=Response,
    responses=FILM_ERRORS
    | {
        200: {"content": {"application/octet-stream": BINARY_CONTENT}, "description": "int8 pairs of minimum and maximum."},
        202: {"description": "The track is being measured; ask again."},
    },
)
def get_waveform(
    context: ContextDependency,
    encoder: EncoderDependency,
    task_id: TaskId,
    track: Annotated[str, Query(max_length=35, description="an id of its tracks")] = tracks.ORIGINAL_TRACK_ID,
    rate: Annotated[int, Query(description="pairs a second: 100, 10 or 1")] = 10,
    tile: Annotated[int, Query(ge=0, le=20_000, description="6,000 pairs each, from 0")] = 0,
) -> Response:
    """Waveform of a track: a tile of 6,000 pairs, fewer at the film's end. Measured at the first request, then kept."""
    found = waveforms.read_tile(context.store.tasks.get(task_id), context.settings, encoder, track=track, rate=rate, tile=tile)
    if found is None:
        return Response(status_code=HTTPStatus.ACCEPTED, headers={"retry-after": "2", "cache-control": "no-store"})
    return Response(found, media_type="application/octet-stream", headers={"cache-control": "private, max-age=300"})


@router.get("/tasks/{task_id}/lines/{number}/source", response_class=Response, responses=FILM_ERRORS | {200: FILE_RESPONSES[200]})
def get_line_source(
    context: ContextDependency, encoder: EncoderDependency, task_id: TaskId, number: LineNumber, language: Language = None
) -> Response:
    """Source audio of a line, at most a minute."""
    line = audio_clips.find_line(context.store, task_id, number, language and languages.require_tag(language))
    return respond_with_audio(audio_clips.cut_source_line(context.store.tasks.get(task_id), line, context.settings, encoder))


@router.get("/tasks/{task_id}/lines/{number}/take", response_class=FileResponse, responses=TASK_ERRORS | FILE_RESPONSES)
def get_line_take(context: ContextDependency, task_id: TaskId, number: LineNumber, language: Tag) -> Response:
    """Synthesized audio of a line."""
    line = audio_clips.find_line(context.store, task_id, number, languages.require_tag(language))
    return respond_with_audio(audio_clips.open_take(line, context.settings))


@router.get("/tasks/{task_id}/speakers/{label}/clip", response_class=FileResponse, responses=FILM_ERRORS | FILE_RESPONSES)
def get_speaker_clip(context: ContextDependency, encoder: EncoderDependency, task_id: TaskId, label: SpeakerLabel) -> Response:
    """Voice sample of a speaker from the film, at most twelve seconds."""
    task = context.store.tasks.get(task_id)
    return respond_with_audio(audio_clips.find_speaker_clip(context.store, task, label, context.settings, encoder))


@router.get(
    "/tasks/{task_id}/subtitles/{language}",
    response_class=Response,
    responses=TASK_ERRORS
    | {
        200: {"content": {kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()}, "description": "The subtitles."}
    },
)
def get_subtitles(
    context: ContextDependency,
    task_id: TaskId,
    language: Annotated[Tag, InPath()],
    form: Annotated[SubtitleFormat, Query(alias="format")] = SubtitleFormat.SRT,
) -> Response:
    """Subtitles of a dub; in the film's own language, its transcript."""
    return Response(subtitle_export.export_subtitles(context.store, task_id, language, form), media_type=MEDIA_TYPES[form])


def respond_with_audio(audio: OpenedPath | bytes) -> Response:
    """Respond with an audio file, or with the bytes of a FLAC."""
    if isinstance(audio, bytes):
        return Response(audio, media_type="audio/flac", headers=CACHE_HEADERS)
    return OpenedFileResponse(
        audio, media_type=AUDIO_TYPES.get(audio.path.suffix, "application/octet-stream"), headers=CACHE_HEADERS
    )
