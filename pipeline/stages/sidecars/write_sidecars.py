"""write_sidecars: dubs as audio files beside the film, with their subtitles. The film is read for its digest, and never written.

The audio begins with the film: at the time 0 of players, which count from the container's start time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FilmError, StageError
from pipeline.ffmpeg import ffprobe_command, muxer
from pipeline.ffmpeg.ffprobe_command import parse_number
from pipeline.ffmpeg.muxer import NewTrack
from pipeline.ffmpeg.track_flags import dispositions
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.filesystem.output_file import open_target_folder, write_atomically
from pipeline.outputs.sidecar_dubs import SOURCE_TAG, SidecarPaths, require_free_names
from pipeline.runner import stage
from pipeline.settings import DefaultTrack
from pipeline.text import languages, track_titles
from pipeline.text.subtitles import subtitle_writer
from pipeline.values.media import DubTrack, Film, Source, StereoTrack, TrackKind
from pipeline.values.timeline import Cue, Placement, Span

SIZE_MARGIN_RATIO = 1.1  # of the tracks: what the container adds
MAX_HEADER_BYTES = 16 << 20
CONTAINER_TAG_VALUE = "1"  # of our container tag DUBARR, as in dubbed films
MAX_DURATION_DIFFERENCE_S = 1.0  # between a dub and its film


@dataclass(frozen=True, slots=True)
class Sidecars:
    """Sidecar dubs on disk: an audio file and a subtitle file a language. `duration_difference`: seconds by which the audio is longer
    than the film, at most.
    """

    audio: tuple[Source, ...]
    subtitles: tuple[Source, ...]
    duration_difference: float


@stage(version=1)
def write_sidecars(
    source: Source,
    film: Film,
    tracks: tuple[tuple[DubTrack | StereoTrack, ...], ...],
    placements: tuple[tuple[Placement, ...], ...],
    *,
    destination: str,
    default_track: DefaultTrack = DefaultTrack.ORIGINAL,
) -> Sidecars:
    """Write the dubs of a film beside `destination`, the path that the film is named by; the folder is reached without symbolic
    links. `tracks`, `placements`: one tuple per language, in order. `default_track`: with `dub`, that of the first language is
    marked as default.
    """
    path = Path(destination)
    made = []
    for number, (own, lines) in enumerate(zip(tracks, placements, strict=True)):
        paths = SidecarPaths.of(path, own[0].language)
        with _replace(paths.audio, source, sum(track.audio.size for track in own)) as audio:
            require_free_names(path, [own[0].language])
            added = _list_tracks(own, default_track if number == 0 else DefaultTrack.ORIGINAL)
            tags = {"DUBARR": CONTAINER_TAG_VALUE, SOURCE_TAG: source.digest}
            muxer.run_sidecar_mux(added, tags, audio, seconds=film.duration)
            difference = _verify(audio, added, film)
        with _replace(paths.subtitles, source, 0) as subtitles:
            cues = subtitle_writer.format_srt(_list_cues(lines, film.duration), until=film.duration)
            subtitles.write_text(cues, encoding="utf-8")
        made.append((Source.of(paths.audio), Source.of(paths.subtitles), difference))
    return Sidecars(tuple(each[0] for each in made), tuple(each[1] for each in made), max((each[2] for each in made), key=abs))


@contextmanager
def _replace(target: Path, source: Source, size: int) -> Iterator[Path]:
    """A hidden path that takes the target's place at the end of the block, while the film is the one that was probed."""
    with open_target_folder(target) as folder:
        needed = round(SIZE_MARGIN_RATIO * size) + MAX_HEADER_BYTES
        place = folder.content / target.name
        with (
            reserve_disk_space(folder.content, needed, "write_sidecars"),
            write_atomically(place, film=(source.path, source.content)) as path,
        ):
            yield path
            if not source.is_intact():
                raise FilmError(f"{source.path.name} changed since it was probed; queue it again")


def _list_tracks(tracks: tuple[DubTrack | StereoTrack, ...], default_track: DefaultTrack) -> tuple[NewTrack, ...]:
    found = []
    for number, track in enumerate(tracks):
        title = track_titles.format_dub_title(track.language, is_stereo=isinstance(track, StereoTrack))
        flags = dispositions.choose_new_dispositions(TrackKind.AUDIO, number, default_track)
        code = languages.get_bibliographic_code(track.language)
        found.append(NewTrack(track.audio.path, TrackKind.AUDIO, "copy", code, title, flags))
    return tuple(found)


def _list_cues(placements: tuple[Placement, ...], duration: float) -> Iterator[Cue]:
    for placement in sorted(placements, key=lambda each: each.start):
        if placement.start < duration:
            yield Cue(Span(placement.start, min(placement.span.end, duration)), placement.line.text)


def _verify(path: Path, added: tuple[NewTrack, ...], film: Film) -> float:
    """Seconds by which the written file is longer than the film. StageError where it does not hold the tracks, or is much longer or shorter."""
    answer = ffprobe_command.run_ffprobe(path)
    found = [(stream.get("codec_type"), stream.get("tags", {}).get("language")) for stream in answer["streams"]]
    wanted = [(str(track.kind), track.language) for track in added]
    duration = parse_number(answer["format"].get("duration")) or 0.0
    difference = round(duration - film.duration, 6)
    if found != wanted or abs(difference) > MAX_DURATION_DIFFERENCE_S:
        raise StageError(
            "write_sidecars",
            f"{path.suffix} with the tracks {found}, {duration:.3f} s long, failed its check and was not kept: "
            f"the film lasts {film.duration:.3f} s, and {wanted} were to be there",
        )
    return difference
