"""Stream comparison of a film and its dub: lost tracks, tags and chapters, and streams that are not bit-identical."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.ffmpeg import stream_hashes
from pipeline.ffmpeg.track_flags.dispositions import select_written, set_dispositions
from pipeline.settings import DefaultTrack
from pipeline.values.media import Film, Track, TrackKind

MAX_SHIFT_S = 0.05  # s that a duration or a start may differ: encoded audio comes in whole frames
COMPARED_KINDS = (TrackKind.VIDEO, TrackKind.AUDIO, TrackKind.SUBTITLE, TrackKind.ATTACHMENT)  # muxers write data tracks anew


def find_losses(
    film_path: Path, film: Film, dubbed_path: Path, dubbed: Film, *, default_track: DefaultTrack = DefaultTrack.ORIGINAL
) -> tuple[str, ...]:
    """Losses of the dubbed film against the film, in words; empty where there are none. Reads both files whole.

    Dispositions are compared as far as the container keeps them; `original` and the default of `default_track` are none.
    """
    found = [*_find_shifts(film, dubbed), *_find_changed_tracks(set_dispositions(film, default_track), dubbed)]
    if not found:
        found += _find_changed_streams(film_path, film, dubbed_path, dubbed)
    return tuple(found)


def _find_shifts(film: Film, dubbed: Film) -> Iterator[str]:
    if abs(dubbed.duration - film.duration) > MAX_SHIFT_S:
        yield f"it lasts {dubbed.duration:.3f} s instead of {film.duration:.3f} s"
    if dubbed.chapters != film.chapters:
        yield f"it has {dubbed.chapters} chapters instead of {film.chapters}"


def _find_changed_tracks(film: Film, dubbed: Film) -> Iterator[str]:
    for kind in COMPARED_KINDS:
        before, after = film.of_kind(kind), dubbed.of_kind(kind)
        if len(after) < len(before):
            yield f"it has {len(after)} {kind} tracks instead of {len(before)}"
        for number, (was, is_) in enumerate(zip(before, after, strict=False)):
            yield from (f"{kind} track {number} {change}" for change in _find_track_changes(was, is_, film.container))


def _find_track_changes(was: Track, is_: Track, container: str) -> Iterator[str]:
    for name in ("codec", "language", "title", "channels", "filename"):
        if getattr(was, name) != getattr(is_, name):
            yield f"has {name} {getattr(is_, name)!r} instead of {getattr(was, name)!r}"
    flags, kept = (sorted(select_written(container, track.dispositions)) for track in (was, is_))
    if flags != kept:
        yield f"has dispositions {kept} instead of {flags}"
    if was.kind in {TrackKind.VIDEO, TrackKind.AUDIO} and not was.cover and abs(was.start - is_.start) > MAX_SHIFT_S:
        yield f"starts at {is_.start:.3f} s instead of {was.start:.3f} s"


def _find_changed_streams(film_path: Path, film: Film, dubbed_path: Path, dubbed: Film) -> Iterator[str]:
    streams = [f"v:{n}" for n in range(len(film.of_kind(TrackKind.VIDEO)))]
    streams += [f"a:{n}" for n in range(len(film.of_kind(TrackKind.AUDIO)))]
    before = stream_hashes.hash_streams(film_path, streams, seconds=film.duration)
    after = stream_hashes.hash_streams(dubbed_path, streams, seconds=dubbed.duration)
    for stream, was, is_ in zip(streams, before, after, strict=True):
        if was != is_:
            yield f"stream {stream} is not bit-identical"
