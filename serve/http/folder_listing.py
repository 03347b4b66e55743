"""Folder listing of the library: sub-folders and films of a folder under the library roots, naturally sorted."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipeline.errors import FilmNotFound
from pipeline.settings import Settings
from pipeline.text.naming.film_names import READABLE_SUFFIXES
from serve.intake.path_mapping import INVALID_CHARACTERS, map_to_local_path, resolve_folder

MAX_SHOWN_ENTRIES = 1_000  # folders, and as many films, listed of one folder
MAX_SCANNED_ENTRIES = 20_000  # of one folder


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder or a film in a folder. `path`: of a folder the real one. `size`: bytes; None for a folder."""

    name: str
    path: Path
    size: int | None


@dataclass(frozen=True, slots=True)
class FolderListing:
    """Listing of a library folder. `folder`, `parent`: None stands for the list of the roots."""

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
        path = Path(entry.path)  # of a link: its own, as its task has it
        is_film = entry.is_file() and path.suffix.lower() in READABLE_SUFFIXES
        return Entry(entry.name, path, entry.stat().st_size) if is_film else None
    except OSError:  # deleted meanwhile, or not readable
        return None


def _natural_sort_key(name: str) -> list[tuple[int, str]]:
    """Natural sort key: episode 2 before episode 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in re.split(r"(\d+)", name) if part]
