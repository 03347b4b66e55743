"""Probing of a film file (ffprobe): container, duration and tracks as a `Film`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import FilmError, ProgramError, ProgramKilled, ProgramMissing, ProgramOverflow, ProgramTimeout
from pipeline.ffmpeg import ffprobe_command
from pipeline.ffmpeg.ffprobe_command import parse_number
from pipeline.ffmpeg.track_flags.mp4_track_names import read_track_names
from pipeline.ffmpeg.truncation.container_size import count_missing_bytes
from pipeline.ffmpeg.truncation.stated_duration import Claim, require_whole
from pipeline.text import languages
from pipeline.text.track_choice import choose_dialogue_track
from pipeline.text.track_kinds import AudioKind, SubtitleKind, classify_audio, classify_subtitle
from pipeline.text.track_titles import DUB_MARK
from pipeline.values.media import Film, Track, TrackKind

MAX_FILM_S = 24 * 3600.0  # s; a longer "film" is a broken or hostile file
MAX_TRACKS = 500
MUXERS_BY_FORMAT = {"matroska,webm": "matroska", "avi": "avi", "mpegts": "mpegts"}  # ffprobe's format → ffmpeg's muxer


def probe_film(path: Path, *, name: str | None = None, dialogue_language: str | None = None) -> Film:
    """A film's container, duration and tracks. `dialogue_language`: BCP 47 of its dialogue, None where it is unknown. `name`: of
    the film in errors, where its path does not say it.

    FilmError, in one sentence, for a file that cannot be dubbed.
    """
    name = name or path.name
    answer = _probe_file(path, name)
    if len(answer.get("streams", ())) > MAX_TRACKS:
        raise FilmError(f"{name} has more than {MAX_TRACKS} tracks; keep those that are needed (mkvmerge, or ffmpeg -map)")
    origin = parse_number(answer["format"].get("start_time")) or 0.0
    names = read_track_names(path) if answer["format"]["format_name"].startswith("mov,") else {}
    tracks = tuple(_parse_track(stream, origin, names) for stream in answer.get("streams", ()))
    duration = _parse_duration(name, answer["format"])
    container = _find_container(path, name, answer["format"])
    _require_writable_tracks(name, container, tracks)
    dialogue = choose_dialogue_track(name, tracks, dialogue_language)
    shown = (track.index for track in tracks if track.kind in {TrackKind.VIDEO, TrackKind.AUDIO} and not track.cover)
    stated = max(duration, _find_picture_duration(answer["streams"])) if container == "avi" else duration
    truncation = require_whole(path, name, Claim(origin, duration, frozenset(shown)), stated=stated)
    return Film(
        container=container,
        duration=duration,
        tracks=tracks,
        dialogue=dialogue.index,
        chapters=len(answer.get("chapters", ())),
        dubbed_by=_find_dub_mark(answer),
        truncation=truncation,
    )


def _probe_file(path: Path, name: str) -> dict[str, Any]:
    if path.stat().st_size == 0:
        raise FilmError(f"{name} is empty; copy or upload it again")
    try:
        return ffprobe_command.run_ffprobe(path)
    except ProgramTimeout as error:
        raise FilmError(f"{name} cannot be read in time; check the disk it lies on") from error
    except ProgramOverflow as error:
        raise FilmError(f"{name} holds more tags and chapters than any film; remux it without them") from error
    except ProgramMissing:
        raise  # no fault of the film
    except ProgramError as error:
        if error.code == ProgramKilled.CODE:
            raise  # no fault of the film either
        missing = count_missing_bytes(path)
        lack = f": {missing} bytes of this one are missing" if missing else ""
        raise FilmError(
            f"{name} is not a film we can read; give a whole .mp4, .mkv, .mov, .webm, .avi or .ts file{lack}"
        ) from error


def _parse_track(stream: dict[str, Any], origin: float, names: Mapping[int, str]) -> Track:
    """A stream of ffprobe's answer. `names`: of MP4's tracks, by their IDs."""
    tags = {name.lower(): text for name, text in stream.get("tags", {}).items()}
    flags = tuple(name for name, set_ in stream.get("disposition", {}).items() if set_)
    kind = TrackKind(stream["codec_type"]) if stream.get("codec_type") in {*TrackKind} else TrackKind.DATA
    codec = stream.get("codec_name", "unknown")
    if kind is TrackKind.DATA:
        codec = stream.get("codec_tag_string", codec)  # `text` for chapters, `tmcd` for time codes: ffprobe has no better name
    name = names.get(int(str(stream.get("id", 0)), 0), "") if names else ""
    return Track(
        index=stream["index"],
        kind=kind,
        codec=codec,
        language=languages.normalize_tag_or_none(tags.get("language", "")),
        title=tags.get("title") or name or _find_title_in_handler(tags.get("handler_name", ""), kind),
        start=round((parse_number(stream.get("start_time")) or origin) - origin, 6),
        channels=int(stream.get("channels", 0)),
        layout=stream.get("channel_layout", ""),
        sample_rate=int(stream.get("sample_rate", 0)),
        dispositions=flags,
        cover="attached_pic" in flags,
        filename=tags.get("filename", ""),
    )


def _find_title_in_handler(handler: str, kind: TrackKind) -> str:
    """The handler name of an MP4 track where it is a title, as HandBrake writes it; "" for a muxer's own, such as `SoundHandler`."""
    is_title = handler.startswith(DUB_MARK)
    if kind is TrackKind.AUDIO:
        is_title = is_title or classify_audio(handler) is not AudioKind.DIALOGUE
    elif kind is TrackKind.SUBTITLE:
        is_title = is_title or classify_subtitle(handler) is not SubtitleKind.FULL
    return handler if is_title and handler.isprintable() else ""


def _find_container(path: Path, name: str, found: dict[str, Any]) -> str:
    """The muxer of ffmpeg that writes this file back. ffprobe names families; the first bytes of the file name the member."""
    family = str(found["format_name"])
    if family.startswith("mov,"):
        return "mov" if found.get("tags", {}).get("major_brand", "").startswith("qt") else "mp4"
    if family == "matroska,webm":
        with path.open("rb") as file:
            return "webm" if b"webm" in file.read(128) else "matroska"
    try:
        return MUXERS_BY_FORMAT[family]
    except KeyError as error:
        raise FilmError(f"{name} is {found.get('format_long_name', family)}, which we cannot write; remux it as .mkv") from error


def _require_writable_tracks(name: str, container: str, tracks: Sequence[Track]) -> None:
    """FilmError for tracks that ffmpeg reads in this container but cannot write back into it, before any other work is done.

    Blu-ray keeps TrueHD and its AC-3 core on one PID, which ffmpeg reads as two tracks; it would write them on two PIDs, and
    the first of these would again be read as two.
    """
    if container == "mpegts" and any(track.codec == "truehd" for track in tracks):
        stem = name.rpartition(".")[0] or name
        raise FilmError(
            f"{name} holds Dolby TrueHD in MPEG-TS, which ffmpeg reads but cannot write; remux it as Matroska, where all is kept "
            f'(mkvmerge -o "{stem}.mkv" "{name}", or ffmpeg -i "{name}" -map 0 -c copy -dn "{stem}.mkv"), and dub that'
        )
    if container == "mov" and any(track.cover for track in tracks):
        raise FilmError(
            f"{name} holds a cover, which ffmpeg cannot write into QuickTime; remux it as MP4 (ffmpeg -map 0 -c copy)"
        )


def _parse_duration(name: str, found: dict[str, Any]) -> float:
    duration = parse_number(found.get("duration"))
    if not duration or duration <= 0.0:
        raise FilmError(f"{name} does not say how long it is; remux it (mkvmerge, or ffmpeg -c copy) and try again")
    if duration > MAX_FILM_S:
        raise FilmError(f"{name} claims to last {duration / 3600:.0f} h; films over {MAX_FILM_S / 3600:.0f} h are not dubbed")
    return duration


def _find_picture_duration(streams: Sequence[dict[str, Any]]) -> float:
    """The duration of the picture by AVI's stream header, which counts frames: ffprobe gives that of the frames it found."""
    found = [0.0]
    for stream in streams:
        numerator, _, denominator = str(stream.get("time_base", "")).partition("/")
        frames, seconds = parse_number(stream.get("nb_frames")), parse_number(numerator)
        if stream.get("codec_type") == "video" and frames and seconds and (scale := parse_number(denominator)):
            found.append(frames * seconds / scale)
    return max(found)


def _find_dub_mark(answer: dict[str, Any]) -> str:
    """The mark that Dubarr made this film: a container tag where the container keeps such tags, else the name of a track of ours; "" where there is none."""
    for name, text in answer["format"].get("tags", {}).items():
        if name.casefold() == DUB_MARK.casefold():
            return f"{DUB_MARK} {text}"
    names = (
        text
        for stream in answer.get("streams", ())
        for name, text in stream.get("tags", {}).items()
        if name.casefold() in {"title", "handler_name"}
    )
    return next((name for name in names if name.startswith(f"{DUB_MARK} ")), "")
