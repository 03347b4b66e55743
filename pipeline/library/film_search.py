"""Search for the films of a library: through links, each real file once, without extras, recycle bins and excluded names."""

import os
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pipeline.errors import FilmError
from pipeline.filesystem.path_guard import is_inside
from pipeline.text.naming.film_names import describe_extra, describe_skipped_folder, is_film_name, normalize_name

MAX_LIBRARY_FILMS = 100_000  # of one library; more is a folder given by mistake
EXCLUDED_REASON = "it matches"  # begins the reason of an excluded file


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A video file of a library. `skipped`: the reason for which it is no film of the library, "" for a film."""

    path: Path
    skipped: str = ""

    @property
    def is_excluded(self) -> bool:
        """True for a file that a person excluded by its name."""
        return self.skipped.startswith(EXCLUDED_REASON)


@dataclass(frozen=True, slots=True)
class SearchedFolder:
    """A folder that a search has listed. `films`: video files in it that are not left out; `error`: the reason that it cannot be read, or ""."""

    path: Path
    films: int = 0
    error: str = ""


FolderWatcher = Callable[[SearchedFolder], None]


def ignore_folder(folder: SearchedFolder) -> None:
    """Watcher of a search whose progress nobody follows."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder on the way. `path`: by the names of the library; `skipped`: the reason for which its files are no films."""

    path: Path
    real: Path
    skipped: str = ""


def search_library(
    root: Path, *, roots: Collection[Path] = (), exclude: Sequence[str] = (), watch: FolderWatcher = ignore_folder
) -> tuple[FoundFile, ...]:
    """The video files under a folder, in order of path. Links are followed where they lead into it or into `roots` (real paths).

    `exclude`: glob patterns (`*`, `?`, `[…]`) of names, or of paths below `root`. `watch` is called after each folder.
    FilmError above `MAX_LIBRARY_FILMS` films.
    """
    real = root.resolve()
    allowed = (real, *roots)
    found = sorted(_walk(real, allowed, exclude, watch), key=lambda file: (file.path.is_symlink(), file.path))
    known: set[str] = set()
    unique = []
    for file in found:
        target = os.path.realpath(file.path)
        if file.skipped or target not in known:
            unique.append(file)
        if not file.skipped:
            known.add(target)
    return tuple(sorted(unique, key=lambda file: file.path))


def matches_pattern(path: Path, root: Path, exclude: Sequence[str]) -> str | None:
    """The first pattern that a path below `root` matches: by its name, a folder's, or the whole path; None for none."""
    relative = normalize_name(path.relative_to(root).as_posix())
    parts = relative.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    for pattern in exclude:
        plain = normalize_name(pattern).strip("/").removeprefix("**/")
        full = normalize_name(path.as_posix())
        if (
            any(fnmatchcase(part, plain) for part in (*parts, *above))
            or fnmatchcase(full, normalize_name(pattern))
            or full.startswith(normalize_name(pattern).rstrip("/") + "/")
        ):
            return pattern
    return None


def describe_left_out(path: Path, roots: Collection[Path], exclude: Sequence[str]) -> str:
    """The reason for which a search of the library leaves a file out by its name or its folders', in words; "" for a film.

    `roots`: the folders that are searched; a file below several of them counts as one of the innermost.
    """
    root = max((each for each in roots if path.is_relative_to(each)), key=lambda each: len(each.parts), default=None)
    if root is None:
        return ""
    if pattern := next(filter(None, (matches_pattern(path, each, exclude) for each in roots if path.is_relative_to(each))), None):
        return f"{EXCLUDED_REASON} {pattern}"
    for folder in reversed(path.parents[: len(path.relative_to(root).parts) - 1]):
        if reason := _describe_folder(folder, _list_folder(folder.parent)[0]):
            return reason
    return describe_extra(path)


def _walk(root: Path, allowed: Collection[Path], exclude: Sequence[str], watch: FolderWatcher) -> Iterator[FoundFile]:
    """Every video file, each folder once: real folders before those that links lead to."""
    waiting, linked, seen, count = [_Folder(root, root)], deque[_Folder](), set[Path](), 0
    while waiting or linked:
        folder = waiting.pop() if waiting else linked.popleft()
        if folder.real in seen:
            continue
        if not is_inside(folder.real, allowed):
            yield FoundFile(folder.path, _describe_outside(folder.real))
            continue
        seen.add(folder.real)
        files, folders, error = _list_folder(folder.path)
        before = count
        for path in files:
            pattern = matches_pattern(path, root, exclude)
            skipped = f"{EXCLUDED_REASON} {pattern}" if pattern else folder.skipped or describe_extra(path)
            real = Path(os.path.realpath(path))
            file = FoundFile(path, skipped if is_inside(real, allowed) else _describe_outside(real))
            count += not file.skipped
            if count > MAX_LIBRARY_FILMS:
                raise FilmError(f"{root} holds more than {MAX_LIBRARY_FILMS} films; name one of its folders")
            yield file
        for path, is_link in folders.items():
            real = Path(os.path.realpath(path)) if is_link else folder.real / path.name
            below = _Folder(path, real, folder.skipped or _describe_folder(path, files))
            (linked if is_link else waiting).append(below)
        watch(SearchedFolder(folder.path, count - before, error))


def _list_folder(folder: Path) -> tuple[list[Path], dict[Path, bool], str]:
    """The video files of a folder, its sub-folders, each with whether it is a link, and the reason that it cannot be read, or ""."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        return [], {}, error.strerror or type(error).__name__
    paths = {folder / entry.name: entry for entry in entries}
    files = [path for path, entry in paths.items() if is_film_name(path) and _holds(entry.is_file)]
    return files, {path: entry.is_symlink() for path, entry in paths.items() if _holds(entry.is_dir)}, ""


def _holds(question: Callable[[], bool]) -> bool:
    """The answer about an entry of a folder; False where it cannot be told, as of a link that leads to itself."""
    try:
        return question()
    except OSError:
        return False


def _describe_folder(path: Path, siblings: Sequence[Path]) -> str:
    kind = describe_skipped_folder(path, siblings)
    if kind:  # the sub-folders tell a series of such a name; to list those of every folder costs as much as the search
        kind = describe_skipped_folder(path, siblings, [child.name for child in _list_folder(path)[1]])
    return f"it lies in {path.name}, {kind}" if kind else ""


def _describe_outside(real: Path) -> str:
    return f"it is a link that leads out of the library, to {real}; add {real.parent} to LIBRARY_ROOTS"
