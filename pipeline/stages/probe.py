"""probe: the streams and container of a film file, and the choice of its dialogue track."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.ffmpeg import ffprobe, muxer
from pipeline.runner import stage
from pipeline.text.track_titles import DUB_TITLE_PREFIX
from pipeline.values.media import Film, Source, Track, TrackKind


@stage(version=5)
def probe(source: Source, *, dialogue_language: str | None = None) -> Film:
    """Probe a film. `dialogue_language`: BCP 47 of the spoken language, where it is known.

    Tracks that an earlier dub of ours added are left out: a film dubbed in place is the same film, and the next dub replaces
    them; where one of them was made the default, the dialogue track is that again. FilmError where the file cannot be dubbed.
    """
    film = ffprobe.probe_film(source.content, name=source.path.name, dialogue_language=dialogue_language)
    own = tuple(track for track in film.tracks if not track.title.startswith(DUB_TITLE_PREFIX))
    film = replace(film, tracks=_restore_default(film, own) if len(own) < len(film.tracks) else own)
    with TemporaryDirectory(prefix="dubarr-probe-") as folder:
        name, suffix = source.path.name, source.path.suffix
        muxer.require_writable_streams(source.content, film, name=name, suffix=suffix, folder=Path(folder))
    return film


def _restore_default(film: Film, own: tuple[Track, ...]) -> tuple[Track, ...]:
    """The film's own tracks, with its dialogue as the default where a removed track was the only default audio."""
    audio = [track for track in own if track.kind is TrackKind.AUDIO]
    if any("default" in track.dispositions for track in audio):
        return own
    if not any("default" in track.dispositions for track in film.of_kind(TrackKind.AUDIO)):
        return own
    return tuple(
        replace(track, dispositions=("default", *track.dispositions)) if track.index == film.dialogue else track for track in own
    )
