"""probe: what is inside a film file, and which of its audio tracks is the dialogue."""

from pipeline import films
from pipeline.media import Film, Source
from pipeline.runner import stage


@stage(version=1)
def probe(source: Source, *, dialogue_language: str | None = None) -> Film:
    """Look into a film. `dialogue_language`: BCP 47 of what is spoken in it, where somebody knows.

    FilmError says in one sentence why a file cannot be dubbed.
    """
    return films.look(source.path, dialogue_language=dialogue_language)
