"""Output files: written under a hidden name beside their destination, durable, and only then renamed; and checks of destinations
before any work is done.
"""

import errno
import hashlib
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import FilmError, FilmRefused, StageError
from pipeline.filesystem.fsync import fsync_folder
from pipeline.filesystem.path_guard import OpenedPath, open_folder

MAX_NAME_BYTES = 255  # of a file's name, in every common file system
WRITE_BITS = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def open_target_folder(target: Path) -> OpenedPath:
    """The folder of the destination, held open, so that the dub lands there whatever becomes of its path. StageError where
    the path leads elsewhere by now.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        return open_folder(target.parent, (target.parent,))
    except FilmRefused as error:
        raise StageError("mux", f"{target.parent} leads to another folder than it did; queue the film again") from error


@contextmanager
def write_atomically(target: Path, *, film: tuple[Path, Path]) -> Iterator[Path]:
    """A hidden path beside `target`, which takes its place, durably, when the block ends; gone if it ends by an error.

    `film`: the path of the film, and the path to read it by; a new file beside it takes its mode and owner.
    """
    mark = _make_mark(target)
    for left in target.parent.glob(f"{mark}*"):
        left.unlink(missing_ok=True)  # by a worker that was killed; one that still lives finds nothing to rename
    path = target.with_name(f"{mark}{uuid.uuid4().hex}{target.suffix}")
    try:
        yield path
        handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        try:
            if model := _find_mode_model(target, *film):
                _copy_mode_and_owner(handle, model)
            os.fsync(handle)
        finally:
            os.close(handle)
        path.replace(target)
        fsync_folder(target.parent)
    finally:
        path.unlink(missing_ok=True)


def _make_mark(target: Path) -> str:
    """The prefix of the hidden names of this target alone."""
    return f".dubarr-{hashlib.blake2b(target.name.encode(), digest_size=8).hexdigest()}-"


def _find_mode_model(target: Path, film: Path, content: Path) -> Path | None:
    """The file whose mode and owner the new one takes: the one it replaces, else the film beside it. None in a folder of ours.

    The process's umask makes its files private, but users who can play the film must be able to play its dub.
    """
    if target.exists():
        return target
    return content if target.parent.samefile(film.parent) else None


def _copy_mode_and_owner(handle: int, model: Path) -> None:
    """Give an open file the mode and, where we may, the owner and the group of another one."""
    status = model.stat()
    for owner in (status.st_uid, -1):  # only root gives files away; to a group of ours anybody does
        with suppress(PermissionError):
            os.chown(handle, owner, status.st_gid)
            break
    os.fchmod(handle, status.st_mode & 0o777)  # after the change of owner; set-id bits are for programs


def require_writable_folder(target: Path) -> None:
    """FilmError where a file of this name cannot be written into its folder: found by making a hidden file there."""
    if len(os.fsencode(target.name)) > MAX_NAME_BYTES:
        raise FilmError(
            f"the name {target.name} would be longer than {MAX_NAME_BYTES} bytes; rename the film, or set PLACEMENT=dubs"
        )
    trial = target.with_name(f"{_make_mark(target)}{uuid.uuid4().hex}")
    try:
        trial.touch(exist_ok=False)
        trial.unlink()
    except OSError as error:
        raise FilmError(
            f"{target.parent} cannot be written to ({error.strerror}); give the service's user write access to it, mount it "
            "writable, or set PLACEMENT=dubs"
        ) from error


def require_replaceable(film: OpenedPath, *, break_hardlinks: bool) -> None:
    """FilmError where a film may not be replaced by its dub: it has other hard links, unless they may be broken, or is read-only."""
    status = os.fstat(film.descriptor)
    name = film.path.name
    if status.st_nlink > 1 and not break_hardlinks:
        raise FilmError(
            f"{name} is not replaced: the file has {status.st_nlink} hard links, as one that is seeded has; set PLACEMENT=sidecar, "
            "which writes the dub beside it, or BREAK_HARDLINKS=1, which leaves the other links with the original"
        )
    if not status.st_mode & WRITE_BITS or not _is_mutable(film.path):
        raise FilmError(f"{name} is not replaced: the file is read-only; make it writable, or set PLACEMENT=sidecar or dubs")
    folder = film.path.parent.stat()
    if folder.st_mode & stat.S_ISVTX and os.geteuid() not in {0, status.st_uid, folder.st_uid}:
        raise FilmError(f"{name} is not replaced: only its owner may in {film.path.parent} (sticky bit); set PLACEMENT=dubs")


def _is_mutable(path: Path) -> bool:
    """False for a file with the attribute `immutable`, or on a disk that is mounted read-only. Another user's file is mutable."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC))
    except OSError as error:
        return error.errno not in {errno.EPERM, errno.EROFS}
    return True
