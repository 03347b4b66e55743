"""References of films by name: subtitles of the source and of translations, turns as RTTM, and stems.

    NAME.mkv  NAME.en.srt  NAME.es.srt  NAME.rttm  NAME.stems/speech.flac  NAME.stems/background.flac

A folder comes from anywhere: films and files are bounded in number and size, and nothing is read outside the folder.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from evaluation.reference_set.films import name_stems
from evaluation.rttm import read_rttm
from pipeline.errors import FilmError, FilmNotFound
from pipeline.text import languages
from pipeline.text.naming.film_names import is_film_name
from pipeline.text.subtitles.subtitle_reader import read_subtitle_file
from pipeline.text.subtitles.subtitle_sidecars import OUTPUT_MARK
from pipeline.values.timeline import Cue, Turn

MAX_FILMS, MAX_LANGUAGES = 200, 16  # of one folder, of one film
MAX_ENTRIES = 20_000  # of a folder that are looked at


@dataclass(frozen=True, slots=True)
class FilmReferences:
    """A film with its references; an empty one is not known.

    `source`: lines in the film's language; `translations`: language (BCP 47) → lines by a person; `stems`: files of the speech
    and of the background.
    """

    film: Path
    language: str
    source: tuple[Cue, ...] = ()
    source_file: Path | None = None
    translations: dict[str, tuple[Cue, ...]] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    stems: tuple[Path, Path] | None = None

    @property
    def name(self) -> str:
        """The film's name without its suffix."""
        return self.film.stem

    @property
    def has_any(self) -> bool:
        """True if something is known of the film."""
        return bool(self.source or self.translations or self.turns or self.stems)


def find_references(folder: Path, *, language: str) -> tuple[FilmReferences, ...]:
    """The films of a folder that have references, in order of name. `language`: of their dialogue, BCP 47.

    FilmNotFound where there is none; FilmError for a reference that cannot be read.
    """
    entries = sorted(islice(folder.iterdir(), MAX_ENTRIES))
    films = [path for path in entries if is_film_name(path) and path.is_file() and OUTPUT_MARK not in path.stem]
    if len(films) > MAX_FILMS:
        raise FilmError(f"{folder} holds {len(films)} films; evaluate at most {MAX_FILMS} at once")
    found = tuple(each for film in films if (each := _read_references(film, entries, language)).has_any)
    if not found:
        raise FilmNotFound(
            f"{folder} has no film with references ({len(films)} without); put FILM.{language}.srt, FILM.es.srt, FILM.rttm or "
            "FILM.stems beside FILM.mkv, or make a set: ./dubarr evaluate --make-reference-set FOLDER"
        )
    return found


def _read_references(film: Path, entries: list[Path], language: str) -> FilmReferences:
    subtitles = dict(_find_subtitles(film, entries))
    source = subtitles.pop(languages.base_language(language), None)
    rttm, stems = film.with_suffix(".rttm"), name_stems(film.with_suffix(".stems"))
    if len(subtitles) > MAX_LANGUAGES:
        raise FilmError(f"{film.name} has subtitles in {len(subtitles)} languages; evaluate at most {MAX_LANGUAGES}")
    return FilmReferences(
        film,
        language,
        source=read_subtitle_file(source).cues if source else (),
        source_file=source,
        translations={tag: read_subtitle_file(path).cues for tag, path in sorted(subtitles.items())},
        turns=read_rttm(rttm) if _is_inside(rttm, film.parent) else (),
        stems=stems if all(_is_inside(stem, film.parent) for stem in stems) else None,
    )


def _find_subtitles(film: Path, entries: list[Path]) -> Iterator[tuple[str, Path]]:
    """Language and file of each `FILM.<language>.srt`; names with another middle part are no references."""
    for path in entries:
        middle = path.name[len(film.stem) + 1 : -len(".srt")]
        if not path.name.startswith(f"{film.stem}.") or path.suffix != ".srt" or not _is_inside(path, film.parent):
            continue
        if tag := languages.normalize_tag_or_none(middle):
            yield languages.base_language(tag), path


def _is_inside(path: Path, folder: Path) -> bool:
    """True for a regular file that lies in the folder, symbolic links resolved."""
    return path.is_file() and Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
