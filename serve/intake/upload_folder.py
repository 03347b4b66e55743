"""Upload folder: free disk space, file names, and removal of abandoned uploads."""

import os
import secrets
import shutil
import time
import unicodedata
from pathlib import Path

from serve.request_errors import NoRoom

RESERVED_BYTES = 512 << 20  # bytes that stay free on the disk: DuckDB and the dub need room too
MIN_FREE_BYTES = 256 << 20  # bytes below which no film is begun
MAX_STEM_BYTES = 150  # bytes of UTF-8, so that a suffix, a number and a language fit into a name of 255
TEMPORARY_PREFIX = ".upload-"  # prefix of files that are not complete yet
ABANDONED_AFTER_S = 6 * 3600  # s without a write: its process was killed


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


def sanitize_stem(name: str) -> str:
    """Sanitize a client's file name to a stem that is safe in file systems and listings, and no option of a program."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Category C: control characters, and marks that reverse what is read.
    visible = "".join(c if c not in "<>:|?*" else "_" for c in Path(last).stem if unicodedata.category(c)[0] != "C")
    stem = " ".join(visible.split()).lstrip(" .-").rstrip(" .") or "film"
    return stem.encode()[:MAX_STEM_BYTES].decode("utf-8", "ignore").rstrip(" .") or "film"


def reserve_path(folder: Path, stem: str, suffix: str) -> Path:
    """Reserve a free file name by creating an empty file."""
    for ending in ("", *(f"-{n}" for n in range(2, 100)), f"-{secrets.token_hex(6)}"):
        path = folder / f"{stem}{ending}{suffix}"
        try:
            path.touch(exist_ok=False, mode=0o600)
        except FileExistsError:
            continue
        return path
    raise NoRoom(f"{folder} holds a hundred files called {stem}; give the film another name")


def make_temporary_path(folder: Path) -> Path:
    """Make a hidden name for an incomplete upload."""
    return folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"


def remove_abandoned_uploads(folder: Path) -> None:
    """Remove temporary files of uploads whose process was killed."""
    for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
        try:
            if time.time() - path.stat().st_mtime > ABANDONED_AFTER_S:
                path.unlink()
        except FileNotFoundError:
            continue  # it was finished meanwhile
