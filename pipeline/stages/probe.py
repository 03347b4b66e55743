"""probe: the streams and container of a film file, and the choice of its dialogue track."""

from dataclasses import replace

from pipeline.ffmpeg import ffprobe
from pipeline.runner import stage
from pipeline.text.track_titles import DUB_TITLE_PREFIX
from pipeline.values.media import Film, Source


@stage(version=3)
def probe(source: Source, *, dialogue_language: str | None = None) -> Film:
    """Probe a film. `dialogue_language`: BCP 47 of the spoken language, where it is known.

    Tracks that an earlier dub of ours added are left out: a film dubbed in place is the same film, and the next dub replaces
    them. FilmError where the file cannot be dubbed.
    """
    film = ffprobe.probe_film(source.content, name=source.path.name, dialogue_language=dialogue_language)
    return replace(film, tracks=tuple(track for track in film.tracks if not track.title.startswith(DUB_TITLE_PREFIX)))
