"""Snapshots of the DuckDB file: consistent copies of the committed state, made during writes.

DuckDB appends every commit to its write-ahead log (WAL) and changes the file itself only in a checkpoint. While no checkpoint
runs, a copy of the log followed by a copy of the file is the state of the store at some moment between: the log's torn end, if
there is one, is a transaction that was not acknowledged. The order matters: large inserts write blocks into the file before
the log's record refers to them.
"""

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.store.database import backups
from pipeline.store.database.connection import DUCKDB_CONFIG, first_line

FICLONE_IOCTL = 0x40049409  # ioctl of Linux: one file shares the blocks of another (Btrfs, XFS), without copying
SNAPSHOT_NAME = "store.duckdb"  # of the copy in a snapshot's folder
QUERIES_SUFFIX = ".queries"  # of the folder beside the store in which queries work
QUERY_PREFIX = "query-"  # of the name of a query's own folder in it
SHARED_COPY_LIFETIME_S = 60.0  # the copy that snapshots share is removed after so long without one
SETTLED_NS = 50_000_000  # file systems count times in steps of some milliseconds; a file this old has not changed since


def queries_folder_of(database: Path) -> Path:
    """Working folder of the queries on a store: beside it, so that it is on the same file system, under a reserved name."""
    return database.with_name(f"{database.name}{QUERIES_SUFFIX}")


class Snapshots:
    """Snapshots of one store, for queries. The large file is copied only after a checkpoint; otherwise hard links are made."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._folder = queries_folder_of(database)
        self._shared, self._part = self._folder / SNAPSHOT_NAME, self._folder / f".{SNAPSHOT_NAME}.part"
        self._version: tuple[int, int] | None = None  # mtime and size of the file that `_shared` is a copy of
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._remove_leftovers()

    def _remove_leftovers(self) -> None:
        """Remove the leftovers of a killed service, and no other files there."""
        for path in (self._shared, self._part):
            path.unlink(missing_ok=True)
        for folder in self._folder.glob(f"{QUERY_PREFIX}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def write(self, folder: Path) -> Path:
        """Write a snapshot into an empty folder of the same file system. No checkpoint may run meanwhile. StoreError.

        Returns the copy: read-only by mode, because snapshots share its blocks; its log lies beside it.
        """
        copy = folder / SNAPSHOT_NAME
        with self._lock, _disk_errors_worded("a copy of the store"):
            copy_wal(self._database, copy)
            self._refresh()
            self._link_or_copy(copy)
            self._expire_later()
        return copy

    def _link_or_copy(self, copy: Path) -> None:
        try:
            copy.hardlink_to(self._shared)
        except OSError:  # a file system without links
            clone_file(self._shared, copy)
            copy.chmod(0o400)

    def _refresh(self) -> None:
        status = self._database.stat()
        version = (status.st_mtime_ns, status.st_size)
        if version == self._version and self._shared.exists():
            return
        self._version = None
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._part.unlink(missing_ok=True)
        is_settled = time.time_ns() - status.st_mtime_ns > SETTLED_NS
        clone_file(self._database, self._part)
        self._part.chmod(0o400)
        self._part.replace(self._shared)
        self._version = version if is_settled else None

    def _expire_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(SHARED_COPY_LIFETIME_S, self.clear)
        self._timer.daemon = True
        self._timer.start()

    def clear(self) -> None:
        """Remove the shared copy. Open snapshots keep their own link."""
        with self._lock:
            self._version = None
            self._shared.unlink(missing_ok=True)

    def close(self) -> None:
        """End the timer, and remove the shared copy."""
        if self._timer is not None:
            self._timer.cancel()
        self.clear()


def copy_store(database: Path, target: Path, *, copying: threading.Lock) -> Path:
    """Copy the store into one file: complete and flushed to disk, or not at all. StoreError. Returns `target`.

    `copying` is held while the store's own files are read: no checkpoint may run meanwhile.
    """
    part = target.with_name(f".{target.name}.part")
    with _disk_errors_worded(str(target)):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with copying:
                copy_wal(database, part)
                clone_file(database, part)
            merge_wal(part)
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            for each in (part, backups.wal_path_of(part)):
                with suppress(OSError):
                    each.unlink()
    return target


def merge_wal(path: Path) -> None:
    """Merge the write-ahead log of a file that no process has open into the file (checkpoint). StoreError."""
    import duckdb

    try:
        with duckdb.connect(str(path), config=DUCKDB_CONFIG) as connection:
            connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise StoreError(f"{path} cannot be written: {first_line(error)}; nothing of it was kept") from error


def copy_wal(database: Path, copy: Path) -> None:
    """Copy the write-ahead log, where there is one, to the path of the copy's log. OSError."""
    with suppress(FileNotFoundError):
        clone_file(backups.wal_path_of(database), backups.wal_path_of(copy))


def clone_file(source: Path, target: Path) -> None:
    """Copy a file, readable by its owner only: by shared blocks (reflink) where the file system can, else byte by byte. OSError."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with source.open("rb") as reading, os.fdopen(handle, "wb") as writing:
        try:
            fcntl.ioctl(writing, FICLONE_IOCTL, reading.fileno())
        except OSError:  # another file system, or one that cannot
            shutil.copyfileobj(reading, writing, 1 << 20)


@contextmanager
def _disk_errors_worded(what: str) -> Iterator[None]:
    """Convert errors of the disk to StoreError, with the way out."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{what} cannot be written: {error.strerror}; give another folder, or make room") from error
