"""Upload folder: file names of uploads, and removal of abandoned ones."""

import secrets
import time
import unicodedata
from pathlib import Path

from serve.request_errors import NoRoom

MAX_STEM_BYTES = 150  # bytes of UTF-8, so that a suffix, a number and a language fit into a name of 255
TEMPORARY_PREFIX = ".upload-"  # prefix of files that are not complete yet
ABANDONED_AFTER_S = 6 * 3600  # s without a write: its process was killed


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
