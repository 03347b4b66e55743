"""Free disk space for uploads and dubs: the reserve that stays free, and a folder that cannot be written to."""

import os
import shutil
from pathlib import Path

from serve.request_errors import NoRoom

RESERVED_BYTES = 512 << 20  # bytes that stay free on the disk: DuckDB and the dub need room too
MIN_FREE_BYTES = 256 << 20  # bytes below which no film is begun


def require_room(folder: Path, size: int) -> None:
    """Require free disk space for `size` bytes beside the reserve. NoRoom."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < size + RESERVED_BYTES:
        raise NoRoom(
            f"the disk has {free >> 20} MB free, too few for {size >> 20} MB more; make room, or put VIDEOS_DIR elsewhere"
        )


def find_disk_trouble(folder: Path) -> str | None:
    """Find why a folder cannot be written to: a sentence; None where it can. Creates the folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"{folder} cannot be used ({error.strerror}); mend it, the work goes on by itself"
    if not os.access(folder, os.W_OK):
        return f"{folder} cannot be written to; mend it, the work goes on by itself"
    if free < MIN_FREE_BYTES:
        return f"{folder} has {free >> 20} MB free, dubs need {MIN_FREE_BYTES >> 20}; make room, the work goes on by itself"
    return None
