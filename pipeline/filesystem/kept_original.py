"""Backup of a film while its dub replaces it: a hard link under a hidden name beside it, until the task has ended.

Without it a process that is killed after the replacement leaves a task without its film. A file system without hard links has none.
"""

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from pipeline.filesystem.fsync import fsync_folder

log = logging.getLogger(__name__)

PREFIX = ".dubarr-original-"


def find_backup(film: Path) -> Path:
    """Path of a film's backup. It has no ending of a film, so that no library lists it."""
    return film.with_name(f"{PREFIX}{hashlib.blake2b(film.name.encode(), digest_size=8).hexdigest()}")


def keep_original(film: Path) -> None:
    """Make the backup of a film. One of an earlier file at this path is removed."""
    try:
        drop_backup(film)
        os.link(film, find_backup(film), follow_symlinks=False)
    except OSError as error:  # no hard links on this disk, too many, or not allowed for files of others
        log.info("%s has no backup while it is replaced: %s", film.name, error.strerror)


def restore_original(film: Path, *, is_dub: Callable[[Path], bool]) -> bool:
    """Give a replaced film its place back, where the file there is a dub of ours; True where it did. A film that was not replaced loses
    its backup. A file of others' making stays, and so does the backup then.
    """
    backup = find_backup(film)
    if not backup.is_file():
        return False
    if backup.samefile(film):
        backup.unlink(missing_ok=True)
        return False
    if not is_dub(film):
        log.warning("%s was replaced by another film while it was dubbed; its original is kept as %s", film.name, backup.name)
        return False
    backup.replace(film)
    fsync_folder(film.parent)
    return True


def drop_backup(film: Path) -> None:
    """Remove a film's backup, where there is one."""
    find_backup(film).unlink(missing_ok=True)
