"""Resumable downloads of the client, streamed to disk."""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int, int], None]  # bytes so far, total bytes

BLOCK_BYTES = 1 << 20  # sent or written at a time


def ignore_progress(done: int, total: int) -> None:
    """Report no progress."""


class PartialDownload:
    """Partial download: a hidden file, and beside it the ETag of the film."""

    def __init__(self, folder: Path, task_id: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._file = folder / f".dubarr-{task_id}.part"
        self._mark = folder / f".dubarr-{task_id}.tag"

    def headers(self) -> dict[str, str]:
        """Range headers for the missing rest, if the film is unchanged (If-Range)."""
        if not (_is_own_file(self._file) and _is_own_file(self._mark) and self._file.stat().st_size):
            return {}
        return {"Range": f"bytes={self._file.stat().st_size}-", "If-Range": self._mark.read_text()}

    def write(self, answer: "httpx.Response", progress: Progress) -> None:
        """Append the missing range, or start over where the service sends the whole file."""
        have = self._file.stat().st_size if answer.status_code == 206 else 0
        total = have + int(answer.headers.get("content-length", 0))
        self._mark.unlink(missing_ok=True)
        with self._mark.open("x") as mark:
            mark.write(answer.headers.get("etag", ""))
        if not have:
            self._file.unlink(missing_ok=True)
        with open(self._file, "ab" if have else "xb", opener=_open_without_links) as file:
            for block in answer.iter_raw(BLOCK_BYTES):
                file.write(block)
                have += len(block)
                progress(have, total)
            file.flush()
            os.fsync(file.fileno())

    def finish(self, name: str) -> Path:
        """Rename the finished download."""
        path = self._folder / name
        self._file.replace(path)
        self.drop()
        return path

    def drop(self) -> None:
        """Remove the partial files."""
        self._file.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)


def _open_without_links(name: str, flags: int) -> int:
    """Open a file without following links (O_NOFOLLOW). OSError."""
    return os.open(name, flags | os.O_NOFOLLOW, 0o666)


def _is_own_file(path: Path) -> bool:
    """Return True for a regular file of this user, no link: the folder may be writable by others."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid()


def parse_file_name(disposition: str, default: str) -> str:
    """Parse the file name of a Content-Disposition header, without any folder."""
    if extended := re.search(r"filename\*=utf-8''([^;]+)", disposition, re.IGNORECASE):
        name = unquote(extended[1])
    else:
        plain = re.search(r'filename="([^"]*)"', disposition)
        name = plain[1] if plain else ""
    return Path(name).name or default
