"""Path containment, against path traversal and symbolic links: a file is read, written or removed only where its real path
lies under an allowed folder.

A path from the store, or one that was checked earlier, may have changed its target: the row was modified, or a file or folder
above it was replaced by a symbolic link. So the file is opened first, as a handle (O_PATH) that reads nothing and does not
block; the real path is that of the handle, from /proc; and content is read through the handle's name under /proc, which
refers to the same file whatever happens to its path. ffmpeg, which opens by name, is given that name. Check and use are one
step, so that there is no race between them (CWE-59, CWE-367).
"""

import errno
import os
import re
import stat
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import FilmNotFound, FilmRefused

DELETED_SUFFIX = " (deleted)"  # Linux appends it to the path of an open file that was unlinked
HANDLE_PATTERN = re.compile(r"(?:file:)?/proc/\d+/fd/\d+(?![/\d])")  # the content name of an open file, as programs quote it


class OpenedPath:
    """An open file or folder. `path`: its real path when it was opened. `content`: a name that any process of this user on this
    machine can open, and that leads to this file for as long as this object is open.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor, self.path = descriptor, path
        self.content = Path(f"/proc/{os.getpid()}/fd/{descriptor}")

    @property
    def descriptor(self) -> int:
        """For system calls that take `dir_fd`."""
        return self._descriptor

    def close(self) -> None:
        """Close the handle. Idempotent."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def open_file(path: Path, roots: Collection[Path]) -> OpenedPath:
    """Open a regular file under one of `roots` (real paths). FilmRefused where it lies elsewhere, whether it exists or not;
    FilmNotFound where there is no such file, or it cannot be read.
    """
    opened = _open_inside(path, roots, os.O_PATH)
    with opened:
        status = os.fstat(opened.descriptor)
        if not stat.S_ISREG(status.st_mode) or not status.st_nlink:
            raise _missing_error(path)
        try:
            return OpenedPath(os.open(opened.content, os.O_RDONLY | os.O_CLOEXEC), opened.path)
        except OSError as error:
            raise _unreadable_error(path, error) from error


def open_folder(path: Path, roots: Collection[Path]) -> OpenedPath:
    """Open a folder that is one of `roots` (real paths) or lies under one. FilmRefused, FilmNotFound."""
    return _open_inside(path, roots, os.O_PATH | os.O_DIRECTORY)


def replace_handle_names(text: str, path: Path) -> str:
    """Replace the handle's name in a program's message by the file's path."""
    return HANDLE_PATTERN.sub(lambda _: str(path), text)


def is_inside(real: Path, roots: Collection[Path]) -> bool:
    """True for a real path that is one of the roots, or lies under one."""
    return any(real.is_relative_to(root) for root in roots)


def _open_inside(path: Path, roots: Collection[Path], flags: int) -> OpenedPath:
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if not is_inside(Path(os.path.realpath(str(path).replace("\0", ""))), roots):
            raise _refusal_error(path) from error
        raise (_unreadable_error(path, error) if isinstance(error, OSError) else _missing_error(path)) from error
    try:
        real = Path(str(Path(f"/proc/self/fd/{descriptor}").readlink()).removesuffix(DELETED_SUFFIX))
    except OSError:
        os.close(descriptor)
        raise
    opened = OpenedPath(descriptor, real)
    if not is_inside(real, roots):
        opened.close()
        raise _refusal_error(path)
    return opened


def _refusal_error(path: Path) -> FilmRefused:
    return FilmRefused(f"{path} does not lie under a library root; set LIBRARY_ROOTS, or PATH_MAPPINGS where paths differ here")


def _missing_error(path: Path) -> FilmNotFound:
    return FilmNotFound(f"there is no file {path}; check the path, and PATH_MAPPINGS where paths differ here")


def _unreadable_error(path: Path, error: OSError) -> FilmNotFound:
    if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO}:
        return _missing_error(path)
    return FilmNotFound(f"{path} cannot be read ({error.strerror}); check its permissions")
