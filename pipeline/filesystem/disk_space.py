"""Disk space: the folder by which it is measured, and reservations. A stage that decodes reserves the space of all its files before it begins.

Two languages are mixed in parallel, so that space which one has reserved and not yet written is not available to the other.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import StageError

SPARE_BYTES = 256 << 20  # bytes that stay free for the database and the log
BYTES_PER_MIB = 1 << 20

_lock = threading.Lock()
_reserved: dict[int, int] = {}  # device number → bytes reserved by stages of this process


def find_existing_folder(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return folder if folder.exists() else find_existing_folder(folder.parent)


@contextmanager
def reserve_disk_space(folder: Path, size: int, stage: str) -> Iterator[None]:
    """Reserve `size` bytes on the disk of `folder` for the duration of the block. StageError where they are not free."""
    device = folder.stat().st_dev
    with _lock:
        left = shutil.disk_usage(folder).free - _reserved.get(device, 0) - SPARE_BYTES
        if left < size:
            room = f"{folder} has room for {max(0, left) // BYTES_PER_MIB} MiB, this film needs {-(-size // BYTES_PER_MIB)}"
            raise StageError(stage, f"{room}; make room, then retry")
        _reserved[device] = _reserved.get(device, 0) + size
    try:
        yield
    finally:
        with _lock:
            _reserved[device] -= size
