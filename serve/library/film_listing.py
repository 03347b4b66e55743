"""Listing of the library's films: from Radarr and Sonarr where the settings name them, the other films from the library folders."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pipeline.control_characters import has_lone_surrogates
from pipeline.errors import FilmError, NotPossible
from pipeline.library.film_search import MAX_LIBRARY_FILMS, search_library
from pipeline.settings import Settings
from serve.connections.applications import Application
from serve.intake.path_mapping import describe_exclusion, find_named_film, map_to_local_path
from serve.library.arr_library import ArrFile, ArrLibrary
from serve.library.wanted_languages import FOLDERS


@dataclass(frozen=True, slots=True)
class ListedFilm:
    """A film of the library, not yet probed. `path`: with the real path of its folder, as tasks have it."""

    path: Path
    title: str
    source: str = FOLDERS
    original_language: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class Listing:
    """Films by path. `complete`: sources whose every film is listed; `failed`: those of which some may lack."""

    films: dict[Path, ListedFilm] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    complete: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def list_library(settings: Settings) -> Listing:
    """List the library. An application or a folder that cannot be read is a problem, and its films are not complete.

    Where an application cannot be read, the folders are not searched: its films would be listed without title, language and tags.
    """
    listing = Listing()
    given = [(each, *each.find_address(settings)) for each in (Application.RADARR, Application.SONARR)]
    libraries = [ArrLibrary(application, url, key) for application, url, key in given if url]
    for library in libraries:
        _list_application(library, settings, listing)
    if not libraries and not settings.library_roots:
        listing.problems.append("There are no library folders; set LIBRARY_ROOTS, or connect Radarr or Sonarr.")
    if listing.failed:
        listing.failed.append(FOLDERS)
    else:
        _list_folders(settings, listing)
    return listing


def _list_folders(settings: Settings, listing: Listing) -> None:
    """List the films of the folders that no application knows, under this name, another link or another hard link."""
    known = {identity for path in listing.films if (identity := _read_identity(path)) is not None}
    for root in settings.library_roots:
        if not root.is_dir():
            listing.problems.append(f"{root} is not there; check that it is mounted. Its films are kept as they were.")
            listing.failed.append(FOLDERS)
            continue
        try:
            for path in _search_folder(root, settings):
                if not known or _read_identity(path) not in known:
                    listing.films.setdefault(path, ListedFilm(path, path.stem))
        except FilmError as error:
            listing.problems.append(str(error))
            listing.failed.append(FOLDERS)
    listing.complete.append(FOLDERS)


def _read_identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file, the same by each of its names; None where it is gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _search_folder(root: Path, settings: Settings) -> Iterator[Path]:
    resolve = lru_cache(maxsize=1024)(Path.resolve)
    for file in search_library(root, roots=settings.roots, exclude=settings.exclude):
        if not file.skipped and not has_lone_surrogates(str(file.path)):
            yield resolve(file.path.parent) / file.path.name


def _list_application(library: ArrLibrary, settings: Settings, listing: Listing) -> None:
    source, name = str(library.application), library.application.title()
    unreachable: list[str] = []
    try:
        for count, file in enumerate(library.list_files()):
            if count >= MAX_LIBRARY_FILMS:
                raise NotPossible(f"it has more than {MAX_LIBRARY_FILMS} files")
            try:
                if (path := _find_film(file, settings)) is not None:
                    listing.films.setdefault(path, ListedFilm(path, file.title, source, file.original_language, file.tags))
            except FilmError as error:
                unreachable.append(str(error))
    except NotPossible as error:
        listing.problems.append(f"{name}: {error}. Its films, and those of the folders, are kept as they were.")
        listing.failed.append(source)
        return
    listing.complete.append(source)
    if unreachable:
        films = "One film" if len(unreachable) == 1 else f"{len(unreachable):,} films"
        listing.problems.append(f"{films} of {name} cannot be reached from here. The first: {unreachable[0]}.")


def _find_film(file: ArrFile, settings: Settings) -> Path | None:
    """Path of a file on this machine; None where the library leaves it out. FilmError."""
    local = map_to_local_path(file.path, settings.path_mappings)
    named = find_named_film(local, settings.roots)
    return None if describe_exclusion(named, local, settings) else named
