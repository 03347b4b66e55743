"""Titles of the audio tracks that a dub adds: `Dubarr – Español`. They mark a film as dubbed in every container that keeps titles."""

from pipeline.text import languages

DUB_MARK = "Dubarr"  # how the titles and handler names of our tracks begin, and the name of our container tag in upper case
DUB_TITLE_PREFIX = f"{DUB_MARK} – "  # before the language's own name


def format_dub_title(language: str) -> str:
    """Title of a dub's track. `language`: BCP 47."""
    return DUB_TITLE_PREFIX + languages.get_autonym(language)
