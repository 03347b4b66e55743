"""Muxing: a film's streams copied as they are, with new audio tracks, subtitles and covers behind them."""

import errno
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from pipeline.errors import FilmError, ProgramError, ProgramKilled, ProgramMissing, ProgramTimeout
from pipeline.ffmpeg.command_line import (
    build_artifact_input,
    build_film_input,
    compile_command,
    compute_time_limit,
    format_file_url,
)
from pipeline.processes import subprocesses
from pipeline.values.media import Film, Track, TrackKind
from pipeline.values.notes import Note
from pipeline.values.timeline import Span


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture to attach to a Matroska film, read from `path`."""

    path: Path
    filename: str
    mimetype: str
    title: str


@dataclass(frozen=True, slots=True)
class KeptStream:
    """A stream of the film to copy: its index in the film, its dispositions in the dub, and a title that is lost by copying."""

    index: int
    dispositions: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class NewTrack:
    """A track to add to a film: the only stream of an artifact of ours. `language`: ISO 639-2."""

    path: Path
    kind: TrackKind  # audio or subtitle
    codec: str  # "copy", or the encoder that turns SRT into what the container holds
    language: str
    title: str
    dispositions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MuxPlan:
    """Contents of a dubbed film: the streams `kept` of `film`, in order, then `added`, each kind in its order."""

    film: Path
    container: str  # ffmpeg's muxer
    kept: tuple[KeptStream, ...]
    audios: int  # how many audio tracks are kept, and so before ours
    subtitles: int
    added: tuple[NewTrack, ...]
    mark: str  # value of our container tag DUBARR, where the container takes such tags
    destination: Path
    largest: int | None = None  # bytes: a longer film is cut off, and then fails the stream comparison
    attachments: int = 0  # how many are kept, and so before the covers
    covers: tuple[Cover, ...] = ()
    cut: Span | None = None  # only this part of the film, from a key frame on; None: the whole film


MUXER_OPTIONS: dict[str, dict[str, object]] = {
    "matroska": {"default_mode": "passthrough"},  # FlagDefault as it was, also where no track has it
    "mp4": {"strict": "experimental"},  # a film may hold FLAC or TrueHD, which ffmpeg still calls experimental
    "mov": {"strict": "experimental"},
    "mpegts": {"copy_unknown": None},
}


# Of data tracks ffmpeg can copy only these there; `text` and `tmcd` it makes again from chapters and time codes.
WRITABLE_DATA_CODECS = {"mp4": frozenset({"gpmd"}), "mov": frozenset({"gpmd"})}
REMADE_DATA_CODECS = frozenset({"text", "tmcd"})
BLU_RAY_SUFFIX = ".m2ts"  # of MPEG-TS as on Blu-ray, into which ffmpeg writes no data tracks, such as menus


def select_copied_streams(film: Film, suffix: str) -> tuple[int, ...]:
    """The streams to copy: all but Matroska's covers, and data tracks that the muxer makes again or cannot write. `suffix`: of the
    dub's file.
    """
    return tuple(
        track.index
        for track in film.tracks
        if not (track.cover and film.container == "matroska")
        and (track.kind is not TrackKind.DATA or _is_writable_data(track, film.container, suffix))
    )


def _is_writable_data(track: Track, container: str, suffix: str) -> bool:
    if container == "mpegts" and suffix.lower() == BLU_RAY_SUFFIX:
        return False
    writable = WRITABLE_DATA_CODECS.get(container)
    return writable is None or track.codec in writable


def describe_left_out_streams(film: Film, suffix: str) -> tuple[Note, ...]:
    """A note on the data tracks that the dub does not hold."""
    lost = [
        str(track.index)
        for track in film.of_kind(TrackKind.DATA)
        if not _is_writable_data(track, film.container, suffix)
        and not (track.codec in REMADE_DATA_CODECS and film.container in WRITABLE_DATA_CODECS)
    ]
    return (Note(f"Left out of the dub, because ffmpeg cannot write them: the data streams {', '.join(lost)}"),) if lost else ()


def build_mux_command(plan: MuxPlan) -> list[str]:
    """Command line that copies a film's streams, chapters, attachments and tags as they are, and adds ours behind them."""
    reading: dict[str, object] = {"fflags": "+genpts"} if plan.container == "avi" else {}  # AVI stores no timestamps
    if plan.cut is not None:
        reading |= {"ss": f"{plan.cut.start:.6f}", "t": f"{plan.cut.duration:.6f}"}
    film = build_film_input(plan.film, **reading)
    streams = [film[str(stream.index)] for stream in plan.kept] + [build_artifact_input(track.path)["0"] for track in plan.added]
    options: dict[str, object] = {"c": "copy", "map_metadata": 0, "map_chapters": 0, "metadata:g#dubarr": f"DUBARR={plan.mark}"}
    options |= {"max_muxing_queue_size": 4096} | MUXER_OPTIONS.get(plan.container, {})
    if plan.cut is not None:
        options |= {"fflags": "+bitexact", "avoid_negative_ts": "make_zero"}  # the same file whenever it is cut again
    if plan.largest is not None:
        options["fs"] = plan.largest
    flags = [stream.dispositions for stream in plan.kept] + [track.dispositions for track in plan.added]
    options |= {f"disposition:{number}": "+".join(dispositions) or 0 for number, dispositions in enumerate(flags)}
    titles = {number: stream.title for number, stream in enumerate(plan.kept) if stream.title}
    options |= {f"metadata:s:{number}": f"title={title}" for number, title in titles.items()}
    counts = {TrackKind.AUDIO: plan.audios, TrackKind.SUBTITLE: plan.subtitles}
    for track in plan.added:
        place = f"{track.kind[0]}:{counts[track.kind]}"
        counts[track.kind] += 1
        options[f"c:{place}"] = track.codec
        for tag, value in (("language", track.language), ("title", track.title), ("handler_name", track.title)):
            options[f"metadata:s:{place}#{tag}"] = f"{tag}={value}"
    for number, cover in enumerate(plan.covers, plan.attachments):
        options[f"attach#{number}"] = format_file_url(cover.path)
        for tag, value in (("filename", cover.filename), ("mimetype", cover.mimetype), ("title", cover.title)):
            options[f"metadata:s:t:{number}#{tag}"] = f"{tag}={value}"
    return compile_command(ffmpeg.output(*streams, format_file_url(plan.destination), f=plan.container, **options))


def build_sidecar_command(tracks: Sequence[NewTrack], tags: Mapping[str, str], destination: Path) -> list[str]:
    """Command line that copies audio tracks of ours into a Matroska file of their own. `tags`: of the container."""
    streams = [build_artifact_input(track.path)["0"] for track in tracks]
    options: dict[str, object] = {"c": "copy", "map_metadata": -1, "fflags": "+bitexact"} | MUXER_OPTIONS["matroska"]
    options |= {f"metadata:g#{name}": f"{name}={text}" for name, text in tags.items()}
    for number, track in enumerate(tracks):
        options[f"disposition:{number}"] = "+".join(track.dispositions) or 0
        for tag, value in (("language", track.language), ("title", track.title)):
            options[f"metadata:s:{number}#{tag}"] = f"{tag}={value}"
    return compile_command(ffmpeg.output(*streams, format_file_url(destination), f="matroska", **options))


def run_sidecar_mux(tracks: Sequence[NewTrack], tags: Mapping[str, str], destination: Path, *, seconds: float) -> None:
    """Write audio tracks into a Matroska file of their own. `seconds`: of the film."""
    command = build_sidecar_command(tracks, tags, destination)
    subprocesses.run(command, timeout=compute_time_limit(seconds), memory=subprocesses.MEMORY_LIMIT_BYTES)


def run_mux(plan: MuxPlan, *, seconds: float, progress: subprocesses.ProgressCallback = lambda _: None) -> None:
    """Write the dubbed film. `progress` gets the fraction that is written, 0..1."""
    command = [*build_mux_command(plan), "-progress", "pipe:1", "-stats_period", "1"]
    limit = compute_time_limit(seconds) + 3600.0
    with subprocesses.start_process(
        command, timeout=limit, memory=subprocesses.MEMORY_LIMIT_BYTES
    ) as process:  # a slow disk is no fault of the film
        assert process.stdout
        for line in process.stdout:
            name, _, value = line.decode("ascii", "replace").strip().partition("=")
            if name == "out_time_us" and value.isdecimal():
                progress(min(1.0, int(value) / 1e6 / seconds))


TRIAL_BYTES = 1 << 20  # that a trial writes: the header, which names every codec, and a little more
TRIAL_LIMIT_S = 120.0


def require_writable_streams(path: Path, film: Film, *, name: str, suffix: str, folder: Path) -> None:
    """FilmError where ffmpeg refuses to write the film's streams into its container: found by a trial of the beginning, before any
    other work is done. `suffix`: of the dub's file; `folder`: for the trial's file.
    """
    kept = tuple(KeptStream(index, film.track(index).dispositions) for index in select_copied_streams(film, suffix))
    audios, subtitles = len(film.of_kind(TrackKind.AUDIO)), len(film.of_kind(TrackKind.SUBTITLE))
    trial = MuxPlan(path, film.container, kept, audios, subtitles, (), "", folder / f"trial{suffix}", TRIAL_BYTES)
    try:
        subprocesses.run(build_mux_command(trial), timeout=TRIAL_LIMIT_S, memory=subprocesses.MEMORY_LIMIT_BYTES)
    except (ProgramKilled, ProgramMissing, ProgramTimeout):
        raise  # no fault of the film
    except ProgramError as error:
        if os.strerror(errno.ENOSPC) in error.tail:
            raise  # nor is a full disk
        reason = next((line.strip() for line in error.tail.splitlines() if line.strip()), str(error))
        raise FilmError(
            f"{name} holds streams that ffmpeg cannot write back into its container ({reason}); remux it as Matroska with the streams "
            "that are needed (mkvmerge, or ffmpeg -map … -c copy), and dub that"
        ) from error
