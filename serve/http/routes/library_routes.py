"""Library routes: browsing the library's folders for films, and the supported languages."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel

from pipeline.errors import FilmNotFound
from pipeline.settings import Settings
from pipeline.text import languages
from serve.http.dependencies import AdmissionDependency, ContextDependency
from serve.http.schemas import Tag, describe_error
from serve.intake import supported_languages
from serve.intake.path_mapping import FILM_SUFFIXES, INVALID_CHARACTERS, map_to_local_path, resolve_folder
from serve.intake.supported_languages import LanguagePair

MAX_SHOWN_ENTRIES = 1_000  # folders and films shown of one folder
MAX_SCANNED_ENTRIES = 20_000  # entries of one folder

router = APIRouter(prefix="/api", tags=["resources"])


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder or a film in a folder. `path`: the real one. `size`: bytes; None for a folder."""

    name: str
    path: Path
    size: int | None


@dataclass(frozen=True, slots=True)
class FolderListing:
    """Listing of a library folder, naturally sorted. `folder`, `parent`: None stands for all the roots together."""

    folder: Path | None
    parent: Path | None
    folders: tuple[Entry, ...]
    films: tuple[Entry, ...]


def list_folder(folder: str | None, settings: Settings) -> FolderListing:
    """List the roots, or a folder under one of them, by the client's path. FilmRefused, FilmNotFound."""
    roots = tuple(dict.fromkeys(settings.roots))
    if folder is None:
        return FolderListing(None, None, tuple(Entry(root.name or str(root), root, None) for root in roots if root.is_dir()), ())
    real = resolve_folder(map_to_local_path(folder, settings.path_mappings), roots)
    found = sorted(_scan_folder(real, roots), key=lambda entry: _natural_sort_key(entry.name))
    folders = tuple(entry for entry in found if entry.size is None)[:MAX_SHOWN_ENTRIES]
    films = tuple(entry for entry in found if entry.size is not None)[:MAX_SHOWN_ENTRIES]
    return FolderListing(
        real, real.parent if any(real.is_relative_to(root) and real != root for root in roots) else None, folders, films
    )


def _scan_folder(folder: Path, roots: Iterable[Path]) -> Iterator[Entry]:
    """Scan folders and films; hidden ones and links that lead out of the roots are left out."""
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MAX_SCANNED_ENTRIES):
                if found := _read_entry(entry, roots):
                    yield found
    except OSError as error:
        raise FilmNotFound(f"{folder} cannot be read ({error.strerror}); check its permissions") from error


def _read_entry(entry: "os.DirEntry[str]", roots: Iterable[Path]) -> Entry | None:
    if entry.name.startswith(".") or INVALID_CHARACTERS.search(entry.name):
        return None
    try:
        real = Path(os.path.realpath(entry.path)) if entry.is_symlink() else Path(entry.path)
        if not any(real.is_relative_to(root) for root in roots) or INVALID_CHARACTERS.search(str(real)):
            return None
        if entry.is_dir():
            return Entry(entry.name, real, None)
        is_film = entry.is_file() and real.suffix.lower() in FILM_SUFFIXES
        return Entry(entry.name, real, entry.stat().st_size) if is_film else None
    except OSError:  # gone meanwhile, or not ours to look at
        return None


def _natural_sort_key(name: str) -> list[tuple[int, str]]:
    """Natural sort key: episode 2 before episode 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in re.split(r"(\d+)", name) if part]


class FolderOut(BaseModel):
    """A folder."""

    name: str
    path: str


class FilmOut(FolderOut):
    """A film. `size`: bytes; `task`: the newest task of this file."""

    size: int
    task: int | None


class LibraryOut(BaseModel):
    """A folder of the library; `folder` null: the roots, and `parent` null: back to those."""

    folder: str | None
    parent: str | None
    folders: list[FolderOut]
    films: list[FilmOut]

    @classmethod
    def of(cls, shelf: FolderListing, tasks: dict[str, int]) -> Self:
        """From the values. `tasks`: path → the newest task of the file there."""
        return cls(
            folder=str(shelf.folder) if shelf.folder else None,
            parent=str(shelf.parent) if shelf.parent else None,
            folders=[FolderOut(name=each.name, path=str(each.path)) for each in shelf.folders],
            films=[
                FilmOut(name=each.name, path=str(each.path), size=each.size or 0, task=tasks.get(str(each.path)))
                for each in shelf.films
            ],
        )


class LanguageOut(BaseModel):
    """A language by its tag, and by its English name."""

    tag: str
    name: str

    @classmethod
    def of(cls, tag: str) -> Self:
        """From the tag."""
        return cls(tag=tag, name=languages.get_english_name(tag))


class TargetOut(LanguageOut):
    """A language to dub into: `synthesizer` speaks it. For a named source also the `translators`, in the order in which they are
    asked, and the route of the first, "" where it does not tell.
    """

    synthesizer: str
    translators: list[str]
    route: str

    @classmethod
    def of_way(cls, way: LanguagePair) -> Self:
        """From the value."""
        name = languages.get_english_name(way.target)
        return cls(tag=way.target, name=name, synthesizer=way.synthesizer, translators=list(way.translators), route=way.route)


class LanguagesOut(BaseModel):
    """Supported source and target languages; `usual`: the default targets."""

    sources: list[LanguageOut]
    targets: list[TargetOut]
    usual: list[str]


@router.get(
    "/library",
    responses={
        403: describe_error("The folder lies outside the library roots."),
        404: describe_error("There is no such folder."),
        422: describe_error("It cannot be understood."),
    },
)
def browse_library(
    context: ContextDependency,
    folder: Annotated[str | None, Query(max_length=4096, description="absent: the library roots")] = None,
) -> LibraryOut:
    """Browse a folder under the library roots: its folders and films, at most a thousand of each."""
    found = list_folder(folder, context.settings)
    return LibraryOut.of(found, context.store.tasks.newest_ids_by_path([str(film.path) for film in found.films]))


@router.get("/languages", responses={422: describe_error("It cannot be understood.")})
def list_languages(
    context: ContextDependency,
    admission: AdmissionDependency,
    source: Annotated[Tag | None, Query(description="only targets for films that speak this")] = None,
) -> LanguagesOut:
    """List the languages that the configured engines support."""
    profile = admission.profile
    if source:
        ways = supported_languages.list_language_pairs(profile, languages.require_tag(source))
    else:
        ways = tuple(
            LanguagePair(tag, supported_languages.find_synthesizer(profile, tag))
            for tag in supported_languages.list_target_languages(profile)
        )
    return LanguagesOut(
        sources=[LanguageOut.of(tag) for tag in supported_languages.list_source_languages(profile)],
        targets=[TargetOut.of_way(way) for way in ways],
        usual=list(context.settings.target_langs),
    )
