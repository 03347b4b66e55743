"""Room on the disk, and names for uploads in their folder."""

import os
import secrets
import shutil
import time
import unicodedata
from pathlib import Path

from serve.http.errors import NoRoom

RESERVE = 512 << 20  # bytes that stay free on the disk: DuckDB and the dub need room too
LEAST = 256 << 20  # bytes below which no film is begun
LONGEST_STEM = 150  # bytes of UTF-8, so that a suffix, a number and a language fit into a name of 255
TEMPORARY = ".upload-"  # how files begin that are not whole yet
BROKEN_AFTER = 6 * 3600  # s without a write: whoever wrote it was killed


def require_room(folder: Path, size: int) -> None:
    """NoRoom unless `size` bytes fit beside the reserve."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < size + RESERVE:
        raise NoRoom(
            f"the disk has {free >> 20} MB free, too few for {size >> 20} MB more; make room, or put VIDEOS_DIR elsewhere"
        )


def trouble_with(folder: Path) -> str | None:
    """Why nothing can be written into a folder, in a sentence; None where all is well. Makes the folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"{folder} cannot be used ({error.strerror}); mend it, the work goes on by itself"
    if not os.access(folder, os.W_OK):
        return f"{folder} cannot be written to; mend it, the work goes on by itself"
    if free < LEAST:
        return f"{folder} has {free >> 20} MB free, dubs need {LEAST >> 20}; make room, the work goes on by itself"
    return None


def safe_stem(name: str) -> str:
    """A sender's file name as a stem for ours: readable, and harmless in every shell, file system and listing."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Category C: control characters, and marks that reverse what is read.
    visible = "".join(c if c not in '<>:"|?*' else "_" for c in Path(last).stem if unicodedata.category(c)[0] != "C")
    stem = " ".join(visible.split()).strip(" .-") or "film"
    return stem.encode()[:LONGEST_STEM].decode("utf-8", "ignore").rstrip(" .") or "film"


def free_path(folder: Path, stem: str, suffix: str) -> Path:
    """A name that was free, and is taken now by an empty file of ours."""
    for ending in ("", *(f"-{n}" for n in range(2, 100)), f"-{secrets.token_hex(6)}"):
        path = folder / f"{stem}{ending}{suffix}"
        try:
            path.touch(exist_ok=False, mode=0o600)
        except FileExistsError:
            continue
        return path
    raise NoRoom(f"{folder} holds a hundred files called {stem}; give the film another name")


def temporary_path(folder: Path) -> Path:
    """A hidden name for an upload that is not whole yet."""
    return folder / f"{TEMPORARY}{secrets.token_hex(8)}"


def clear_broken(folder: Path) -> None:
    """Remove what uploads left behind whose process was killed."""
    for path in folder.glob(f"{TEMPORARY}*"):
        try:
            if time.time() - path.stat().st_mtime > BROKEN_AFTER:
                path.unlink()
        except FileNotFoundError:
            continue  # it was finished meanwhile
