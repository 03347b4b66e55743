"""Path mapping: other machines' paths to local ones, and their resolution under the library roots.

A path outside the library roots is refused with the same words whether it exists or not.
"""

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FilmNotFound, FilmRefused
from pipeline.library.film_search import describe_left_out
from pipeline.settings import PathMapping, Settings
from pipeline.text.naming.film_names import require_film_name

WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\|//")  # C:\films, C:/films, \\nas\films, //nas/films
INVALID_CHARACTERS = re.compile(r"[\0\ud800-\udfff]")  # in no file's name


@dataclass(frozen=True, slots=True)
class _Parts:
    """A path in components. Those of Windows compare without regard to case."""

    names: tuple[str, ...]
    windows: bool

    @classmethod
    def of(cls, path: str) -> "_Parts":
        windows = WINDOWS_PATH.match(path) is not None
        return cls(tuple(name for name in re.split(r"[\\/]+" if windows else "/+", path) if name not in {"", "."}), windows)

    def find_rest_under(self, folder: "_Parts") -> tuple[str, ...] | None:
        """Return the components below `folder`; None where the path does not lie under it."""
        if self.windows is not folder.windows or len(self.names) < len(folder.names):
            return None
        begin = self.names[: len(folder.names)]
        same = (
            tuple(map(str.casefold, begin)) == tuple(map(str.casefold, folder.names)) if self.windows else begin == folder.names
        )
        return self.names[len(folder.names) :] if same else None


def map_to_local_path(text: str, mappings: Sequence[PathMapping]) -> Path:
    """Map a path to this machine, by the longest matching mapping, else unchanged. FilmRefused."""
    if INVALID_CHARACTERS.search(text):
        raise FilmRefused("the path holds characters that no file's name can have")
    path = _Parts.of(text)
    if ".." in path.names:
        raise FilmRefused(f"{text} goes up by ..; give the path without it")
    folders = [(_Parts.of(mapping.remote), mapping.local) for mapping in mappings]
    matches = [
        (len(folder.names), local, rest) for folder, local in folders if (rest := path.find_rest_under(folder)) is not None
    ]
    if not text.startswith("/") and not (path.windows and matches):
        advice = "set PATH_MAPPINGS to say where that folder is here" if path.windows else "give an absolute path"
        raise FilmRefused(f"{text} is no path on this machine; {advice}")
    if matches:
        _, local, rest = max(matches, key=lambda match: match[0])
        return local.joinpath(*rest)
    return Path(text)


def resolve_in_roots(path: Path, roots: Collection[Path]) -> Path:
    """Resolve symbolic links; the result must lie under a library root, and may not exist. FilmRefused."""
    real = Path(os.path.realpath(path))
    if INVALID_CHARACTERS.search(str(real)) or not _is_below(real, roots):
        raise FilmRefused(
            f"{path} does not lie under a library root; set LIBRARY_ROOTS, or PATH_MAPPINGS where paths differ here"
        )
    return real


def find_named_path(path: Path, roots: Collection[Path]) -> Path:
    """As `resolve_in_roots`, but a link to a film keeps its own name: only its folders are resolved. FilmRefused."""
    try:
        real = resolve_in_roots(path, roots)
    except FilmRefused as error:
        target = Path(os.path.realpath(path))
        if not any(Path(os.path.realpath(folder)) in roots for folder in path.parents):
            raise
        words = f"{path} is a link that leads out of the library roots, to {target}; add {target.parent} to LIBRARY_ROOTS"
        raise FilmRefused(words) from error
    named = Path(os.path.realpath(path.parent)) / path.name
    return named if _is_below(named, roots) else real


def _is_below(path: Path, roots: Collection[Path]) -> bool:
    return any(path.is_relative_to(root) and path != root for root in roots)


def resolve_folder(path: Path, roots: Collection[Path]) -> Path:
    """Resolve a folder: a library root, or one under it. FilmError."""
    real = Path(os.path.realpath(path))
    if real not in roots:
        real = resolve_in_roots(path, roots)
    try:
        if not real.is_dir():
            raise FilmNotFound(f"there is no folder {path}; check the path, and PATH_MAPPINGS where paths differ here")
    except OSError as error:  # a name too long, a folder we may not enter
        raise FilmNotFound(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    return real


def resolve_film(path: Path, roots: Collection[Path]) -> Path:
    """Resolve a film: a regular file under a library root, with a video suffix. FilmError."""
    return _require_film(path, resolve_in_roots(path, roots))


def find_named_film(path: Path, roots: Collection[Path]) -> Path:
    """As `resolve_film`, but a link to a film keeps its own name. FilmError."""
    return _require_film(path, find_named_path(path, roots))


def describe_exclusion(named: Path, local: Path, settings: Settings) -> str:
    """Describe why the library leaves a file out, by its path with or without links in its folders; "" for a film."""
    roots = (*settings.roots, *settings.library_roots)
    reasons = (describe_left_out(path, roots, settings.exclude) for path in (named, local))
    reason = next(filter(None, reasons), "")
    return f"left out of the library: {reason}; force dubs it all the same" if reason else ""


def _require_film(path: Path, found: Path) -> Path:
    require_film_name(found.name)
    try:
        if not found.is_file():
            raise FilmNotFound(f"there is no file {path}; check the path, and PATH_MAPPINGS where paths differ here")
    except OSError as error:  # a name too long, a folder we may not enter
        raise FilmNotFound(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    return found
