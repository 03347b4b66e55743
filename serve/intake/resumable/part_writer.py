"""Writer of one part of a resumable upload: bytes behind the offset, synced, then the offset."""

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from serve.request_errors import NoRoom

OFFSET_DIGITS = 20  # of the offset in its file: always as many, so that one write within one sector replaces it


class PartWriter:
    """Writer of an upload's bytes. `offset`: bytes that are safe on disk. What was not committed is overwritten by the next part."""

    def __init__(self, part: Path, offset_handle: int) -> None:
        self._part, self._offset_handle = part, offset_handle
        self._handle: int | None = None  # opened by the first write
        self._failure: NoRoom | None = None  # a failed sync is told once by the kernel: no later one makes its bytes safe
        self.offset = self._written = int(os.pread(offset_handle, OFFSET_DIGITS, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._handle is not None:
            os.close(self._handle)

    def write(self, blocks: Sequence[bytes]) -> None:
        """Write the next bytes. Blocks. NoRoom."""
        try:
            if self._handle is None:
                self._handle = os.open(self._part, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            for block in blocks:
                _write_all(self._handle, block, self._written)
                self._written += len(block)
        except OSError as error:
            raise self._fail(error) from error

    def sync(self) -> None:
        """Sync what was written to disk, without its offset. Blocks. NoRoom."""
        try:
            if self._handle is not None:
                os.fdatasync(self._handle)
        except OSError as error:
            raise self._fail(error) from error

    def commit(self) -> int:
        """Sync what was written to disk, then write its offset, synced too. Blocks. Returns the offset. NoRoom."""
        if self._written == self.offset:
            return self.offset
        self.sync()
        if self._failure is not None:
            raise self._failure
        try:
            os.pwrite(self._offset_handle, b"%0*d" % (OFFSET_DIGITS, self._written), 0)
            os.fdatasync(self._offset_handle)
        except OSError as error:
            raise self._fail(error) from error
        self.offset = self._written
        return self.offset

    def _fail(self, error: OSError) -> NoRoom:
        self._failure = NoRoom(f"upload: {self._part.parent} cannot be written ({error.strerror}); make room, then go on")
        return self._failure


def _write_all(handle: int, block: bytes, position: int) -> None:
    view = memoryview(block)
    while view:
        written = os.pwrite(handle, view, position)
        view, position = view[written:], position + written
