"""Path containment: a file is read, written or removed only where its real path lies under a folder that allows it.

A path that comes out of the store, or was checked a while ago, may lead elsewhere by now: a row was changed, a file or a folder
above it was swapped for a symbolic link. So the file is opened first, as a handle (O_PATH) that reads nothing and waits for
nobody; the kernel is then asked where that handle really lies; and content is read through the handle's own name under /proc,
which leads to this very file whatever becomes of its path. ffmpeg, which opens by name, is given that name. No check is
separated from the use, so that there is no race between them (CWE-59, CWE-367).
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

DELETED_SUFFIX = " (deleted)"  # what Linux puts behind the path of an open file that has no name any more


HANDLE_PATTERN = re.compile(r"(?:file:)?/proc/\d+/fd/\d+(?![/\d])")  # the content name of an open file, as programs repeat it


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
        """Let the file go. Harmless when repeated."""
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
    """A regular file under one of `roots` (real paths). FilmRefused where it lies elsewhere, whether it exists or not;
    FilmNotFound where there is no such file, or it cannot be read.
    """
    opened = _opened(path, roots, os.O_PATH)
    with opened:
        status = os.fstat(opened.descriptor)
        if not stat.S_ISREG(status.st_mode) or not status.st_nlink:
            raise _missing(path)
        try:
            return OpenedPath(os.open(opened.content, os.O_RDONLY | os.O_CLOEXEC), opened.path)
        except OSError as error:
            raise _unreadable(path, error) from error


def open_folder(path: Path, roots: Collection[Path]) -> OpenedPath:
    """A folder that is one of `roots` (real paths) or lies under one. FilmRefused, FilmNotFound."""
    return _opened(path, roots, os.O_PATH | os.O_DIRECTORY)


def replace_handle_names(text: str, path: Path) -> str:
    """A program's words about an open file, with its path in place of the name that it was read by."""
    return HANDLE_PATTERN.sub(lambda _: str(path), text)


def is_inside(real: Path, roots: Collection[Path]) -> bool:
    """True for a real path that is one of the roots, or lies under one."""
    return any(real.is_relative_to(root) for root in roots)


def _opened(path: Path, roots: Collection[Path], flags: int) -> OpenedPath:
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if not is_inside(Path(os.path.realpath(str(path).replace("\0", ""))), roots):
            raise _refusal(path) from error
        raise (_unreadable(path, error) if isinstance(error, OSError) else _missing(path)) from error
    try:
        real = Path(str(Path(f"/proc/self/fd/{descriptor}").readlink()).removesuffix(DELETED_SUFFIX))
    except OSError:
        os.close(descriptor)
        raise
    opened = OpenedPath(descriptor, real)
    if not is_inside(real, roots):
        opened.close()
        raise _refusal(path)
    return opened


def _refusal(path: Path) -> FilmRefused:
    return FilmRefused(f"{path} does not lie under a library root; set LIBRARY_ROOTS, or PATH_MAPPINGS where paths differ here")


def _missing(path: Path) -> FilmNotFound:
    return FilmNotFound(f"there is no file {path}; check the path, and PATH_MAPPINGS where paths differ here")


def _unreadable(path: Path, error: OSError) -> FilmNotFound:
    if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO}:
        return _missing(path)
    return FilmNotFound(f"{path} cannot be read ({error.strerror}); check its permissions")
