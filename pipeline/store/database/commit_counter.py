"""Count of the store's commits, in memory that other processes on the machine share: whether an answer still holds costs nothing.

The store's owner writes the count after each commit and before it acknowledges it; a reader that finds the count that it noted
before it asked knows that nothing acknowledged has changed since.
"""

import mmap
import os
import struct
import time
from contextlib import suppress
from pathlib import Path

COUNT_FORMAT = struct.Struct("=Q")  # eight bytes at an aligned place, which processors write and read whole


def counter_path_of(database: Path) -> Path:
    """The file that is mapped, beside the store."""
    return database.with_name(f"{database.name}.commits")


class CommitCounter:
    """The count, to be written by the store's one owner."""

    def __init__(self, database: Path) -> None:
        handle = os.open(counter_path_of(database), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(handle, COUNT_FORMAT.size)
            self._memory = mmap.mmap(handle, COUNT_FORMAT.size)
        finally:
            os.close(handle)
        self._count = time.time_ns()  # higher than what any owner before has counted to
        self.increase()

    def increase(self) -> None:
        """Tell of one more commit."""
        self._count += 1
        COUNT_FORMAT.pack_into(self._memory, 0, self._count)


class CommitReader:
    """The count as another process of the same machine reads it."""

    def __init__(self, database: Path) -> None:
        self._path = counter_path_of(database)
        self._memory: mmap.mmap | None = None
        self._map()

    def _map(self) -> mmap.mmap | None:
        if self._memory is None:
            with suppress(OSError, ValueError), self._path.open("rb") as file:  # not there, or empty: no owner yet
                self._memory = mmap.mmap(file.fileno(), COUNT_FORMAT.size, prot=mmap.PROT_READ)
        return self._memory

    def read(self) -> int | None:
        """The count; None where there is none, because the store lies on another machine or has had no owner yet."""
        memory = self._map()
        return None if memory is None else int(COUNT_FORMAT.unpack_from(memory, 0)[0])
