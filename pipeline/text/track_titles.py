"""Titles of the audio tracks that a dub adds: `Dubarr – Español`. They mark a film as dubbed in every container that keeps titles."""

from pipeline.text import languages

DUB_MARK = "Dubarr"  # how the titles and handler names of our tracks begin, and the name of our container tag in upper case
DUB_TITLE_PREFIX = f"{DUB_MARK} – "  # before the language's own name
STEREO_TITLE_SUFFIX = " (Stereo)"  # of the stereo fold-down of a surround dub


def format_dub_title(language: str, *, is_stereo: bool = False) -> str:
    """Title of a dub's track. `language`: BCP 47. `is_stereo`: it is the fold-down of a surround dub."""
    return DUB_TITLE_PREFIX + languages.get_autonym(language) + (STEREO_TITLE_SUFFIX if is_stereo else "")
