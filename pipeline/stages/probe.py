"""probe: what is inside a film file, and which of its audio tracks is the dialogue."""

from dataclasses import replace

from pipeline.ffmpeg import ffprobe
from pipeline.runner import stage
from pipeline.text.track_titles import DUB_TITLE_PREFIX
from pipeline.values.media import Film, Source


@stage(version=3)
def probe(source: Source, *, dialogue_language: str | None = None) -> Film:
    """Look into a film. `dialogue_language`: BCP 47 of what is spoken in it, where somebody knows.

    Tracks that an earlier dub of ours added are left out: a film dubbed in its own place is the same film, and whoever dubs
    it again replaces them. FilmError says in one sentence why a file cannot be dubbed.
    """
    film = ffprobe.probe_film(source.content, name=source.path.name, dialogue_language=dialogue_language)
    return replace(film, tracks=tuple(track for track in film.tracks if not track.title.startswith(DUB_TITLE_PREFIX)))
