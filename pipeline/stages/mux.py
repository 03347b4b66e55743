"""mux: the film with its dubs. Everything the film had stays as it was; what is new comes behind it.

The new file grows under a hidden name beside its destination, is checked against the film, and only then takes its place.
AVI and MPEG-TS hold no text subtitles that players show: there a dub comes without them.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pipeline.errors import FilmError, StageError
from pipeline.ffmpeg import extraction, ffprobe, ffprobe_command, muxer, stream_comparison
from pipeline.ffmpeg.muxer import Cover, KeptStream, MuxPlan, NewTrack
from pipeline.ffmpeg.track_flags import dispositions, mp4_enabled_flag
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.filesystem.output_file import open_target_folder, write_atomically
from pipeline.runner import stage
from pipeline.settings import DefaultTrack
from pipeline.text import languages, track_titles
from pipeline.text.subtitles import subtitle_writer
from pipeline.values.media import DubTrack, Film, Source, StereoTrack, TrackKind
from pipeline.values.timeline import Cue, Placement, Span

SIZE_MARGIN_RATIO = 1.1  # of the film and its new tracks: what another muxer may add to them
MAX_HEADER_BYTES = 64 << 20  # indexes and tags, whatever the size of the film
CONTAINER_TAG_VALUE = "1"  # of our container tag: the version of its meaning
SUBTITLE_CODECS = {"mp4": "mov_text", "mov": "mov_text", "matroska": "subrip", "webm": "webvtt"}
COVER_MEDIA_TYPES = {
    "mjpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "tiff": "image/tiff",
}  # all that ffmpeg takes for covers
ENABLED_FLAG_CONTAINERS = frozenset({"mp4", "mov"})  # whose `track_enabled` flag is ffmpeg's "default"
UNREAD_TITLE_CONTAINERS = ENABLED_FLAG_CONTAINERS  # whose track names ffmpeg 5.1 writes, but does not read and so not copy
UNTAGGED_CONTAINERS = frozenset({"avi"})


@stage(version=2)
def mux(
    source: Source,
    film: Film,
    tracks: tuple[DubTrack | StereoTrack, ...],
    placements: tuple[tuple[Placement, ...], ...],
    *,
    destination: str,
    workdir: Path,
    default_track: DefaultTrack = DefaultTrack.ORIGINAL,
) -> Source:
    """Write the dubbed film to `destination`, which may be the film itself: a real path, or at least one whose folder is
    reached without symbolic links. `placements`: one tuple per language, in order. `default_track`: with `dub`, the first of
    `tracks` is the only default audio track.
    """
    target = Path(destination)
    _require_same(source)
    size = round(SIZE_MARGIN_RATIO * (source.size + sum(track.audio.size for track in tracks))) + MAX_HEADER_BYTES
    with open_target_folder(target) as folder:
        place = folder.content / target.name
        with reserve_disk_space(folder.content, size, "mux"), write_atomically(place, film=(source.path, source.content)) as path:
            added = _list_new_tracks(film, tracks, placements, workdir, default_track)
            flagged = dispositions.set_dispositions(film, default_track)
            plan = _plan_mux(source, flagged, added, path, workdir)
            muxer.run_mux(replace(plan, largest=size), seconds=film.duration)
            if film.container in ENABLED_FLAG_CONTAINERS:
                _correct_enabled_flags(path, flagged, added)
            _verify(source, film, path, plan.added, default_track)
            _require_same(source)
        made = Source.of(target, source.sidecars if target == source.path else (), opened=place)
        return replace(made, opened=None)


def _require_same(source: Source) -> None:
    """FilmError where the film is no longer the one that was probed: its dub would speak over another."""
    if not source.is_intact():
        raise FilmError(f"{source.path.name} changed since it was probed; queue it again")


def _list_new_tracks(
    film: Film,
    tracks: tuple[DubTrack | StereoTrack, ...],
    placements: tuple[tuple[Placement, ...], ...],
    workdir: Path,
    default_track: DefaultTrack,
) -> tuple[NewTrack, ...]:
    """A dub per language, a stereo track behind its surround track; then the subtitles where the container holds such."""
    code = languages.get_bibliographic_code if film.container in {"matroska", "webm"} else languages.get_terminology_code
    dubs, texts, lines_of_languages = [], [], iter(placements)
    for number, track in enumerate(tracks):
        is_stereo = isinstance(track, StereoTrack)
        title = track_titles.format_dub_title(track.language, is_stereo=is_stereo)
        flags = dispositions.choose_new_dispositions(TrackKind.AUDIO, number, default_track)
        dubs.append(NewTrack(track.audio.path, TrackKind.AUDIO, "copy", code(track.language), title, flags))
        if is_stereo:
            continue
        cues = _list_cues(next(lines_of_languages), film.duration)
        if codec := SUBTITLE_CODECS.get(film.container):
            text = workdir / f"{number}.srt"
            text.write_text(subtitle_writer.format_srt(cues, until=film.duration), encoding="utf-8")
            texts.append(NewTrack(text, TrackKind.SUBTITLE, codec, code(track.language), title))
    return (*dubs, *texts)


def _list_cues(placements: tuple[Placement, ...], duration: float) -> Iterator[Cue]:
    for placement in sorted(placements, key=lambda each: each.start):
        if placement.start < duration:
            end = min(placement.span.end, duration)
            yield Cue(Span(placement.start, end), placement.line.text)


def _plan_mux(source: Source, film: Film, added: tuple[NewTrack, ...], path: Path, workdir: Path) -> MuxPlan:
    return MuxPlan(
        film=source.content,
        container=film.container,
        kept=tuple(_plan_kept_stream(film, index) for index in muxer.select_copied_streams(film, path.suffix)),
        audios=len(film.of_kind(TrackKind.AUDIO)),
        subtitles=len(film.of_kind(TrackKind.SUBTITLE)),
        added=added,
        mark=CONTAINER_TAG_VALUE,
        destination=path,
        attachments=len(film.of_kind(TrackKind.ATTACHMENT)),
        covers=_extract_covers(source, film, workdir),
    )


def _plan_kept_stream(film: Film, index: int) -> KeptStream:
    track = film.track(index)
    return KeptStream(index, track.dispositions, track.title if film.container in UNREAD_TITLE_CONTAINERS else "")


def _extract_covers(source: Source, film: Film, workdir: Path) -> tuple[Cover, ...]:
    """Matroska's covers are attachments that ffmpeg reads as video, and would write as video: they are attached anew."""
    covers = []
    for track in film.tracks:
        if track.cover and film.container == "matroska":
            path = workdir / f"cover-{track.index}"
            path.write_bytes(extraction.extract_cover(source.content, track.index))
            covers.append(Cover(path, track.filename, COVER_MEDIA_TYPES[track.codec], track.title))
    return tuple(covers)


def _correct_enabled_flags(path: Path, film: Film, added: tuple[NewTrack, ...]) -> None:
    """Enable exactly the tracks that are the default: ffmpeg enables the first of a kind where none is."""
    streams = ffprobe_command.run_ffprobe(path)["streams"]
    enabled: dict[int, bool] = {}
    for kind in (TrackKind.VIDEO, TrackKind.AUDIO, TrackKind.SUBTITLE):
        own = [track.dispositions for track in film.of_kind(kind) if not track.cover]
        new = [track.dispositions for track in added if track.kind is kind]
        wanted = [dispositions.DEFAULT in flags for flags in (*own, *new)]
        found = [stream for stream in streams if stream["codec_type"] == kind and not stream["disposition"]["attached_pic"]]
        enabled |= {int(stream["id"], 0): is_default for stream, is_default in zip(found, wanted, strict=False)}
    mp4_enabled_flag.set_enabled_flags(path, enabled)


def _verify(source: Source, film: Film, path: Path, added: tuple[NewTrack, ...], default_track: DefaultTrack) -> None:
    """StageError where the new file is not the film plus our tracks."""
    dubbed = ffprobe.probe_film(path, name=f"the dub of {source.path.name}")
    found = list(stream_comparison.find_losses(source.content, film, path, dubbed, default_track=default_track))
    for kind in (TrackKind.AUDIO, TrackKind.SUBTITLE):
        wanted = [
            None if film.container in UNTAGGED_CONTAINERS else languages.normalize_tag(track.language)
            for track in added
            if track.kind is kind
        ]
        new = [track.language for track in dubbed.of_kind(kind)[len(film.of_kind(kind)) :]]
        if new != wanted:
            found.append(f"the languages of its new {kind} tracks are {new} instead of {wanted}")
    if found:
        raise StageError("mux", f"the dub of {source.path.name} failed its check and was not kept: {'; '.join(found)}")
