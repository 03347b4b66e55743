"""Commit counter of the store in shared memory, by which caches in other processes of the machine detect changes at no cost.

The store's owner increments it after each commit and before the acknowledgement. A reader that finds the same count as before
its query has an answer that is still valid: no acknowledged commit happened since.
"""

import mmap
import os
import struct
import time
from contextlib import suppress
from pathlib import Path

COUNT_FORMAT = struct.Struct("=Q")  # eight aligned bytes, which processors write and read atomically


def counter_path_of(database: Path) -> Path:
    """Path of the memory-mapped file, beside the store."""
    return database.with_name(f"{database.name}.commits")


class CommitCounter:
    """The counter as written by the store's owner."""

    def __init__(self, database: Path) -> None:
        handle = os.open(counter_path_of(database), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(handle, COUNT_FORMAT.size)
            self._memory = mmap.mmap(handle, COUNT_FORMAT.size)
        finally:
            os.close(handle)
        self._count = time.time_ns()  # higher than any count of an earlier owner
        self.increase()

    def increase(self) -> None:
        """Count a commit."""
        self._count += 1
        COUNT_FORMAT.pack_into(self._memory, 0, self._count)


class CommitReader:
    """The counter as read by other processes of the same machine."""

    def __init__(self, database: Path) -> None:
        self._path = counter_path_of(database)
        self._memory: mmap.mmap | None = None
        self._map()

    def _map(self) -> mmap.mmap | None:
        if self._memory is None:
            with suppress(OSError, ValueError), self._path.open("rb") as file:  # not there, or empty: no owner yet
                self._memory = mmap.mmap(file.fileno(), COUNT_FORMAT.size, prot=mmap.PROT_READ)
        return self._memory

    def read_count(self) -> int | None:
        """The count; None where there is none, because the store lies on another machine or has had no owner yet."""
        memory = self._map()
        return None if memory is None else int(COUNT_FORMAT.unpack_from(memory, 0)[0])
