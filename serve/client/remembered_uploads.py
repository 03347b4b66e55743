"""Uploads that broke off, remembered in the user's cache folder, so that the same film sent again goes on from there. Light imports."""

import contextlib
import hashlib
import json
import time

from pipeline.models.folders import user_cache

FORGET_AFTER_S = 2 * 24 * 3600.0  # the service removes them after a day without a byte


class RememberedUploads:
    """Addresses of uploads by what was sent: the service, the file with its size and time, and the options. A folder that cannot be
    written to remembers nothing.
    """

    def __init__(self, *sent: object) -> None:
        key = hashlib.sha256(json.dumps(sent, default=str).encode()).hexdigest()
        self._folder = user_cache().parent / "uploads"
        self._path = self._folder / key

    def find(self) -> str | None:
        """Find the address of the upload; None where none is remembered."""
        try:
            return self._path.read_text("utf-8").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    def remember(self, address: str) -> None:
        """Remember an upload, and forget old ones."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in self._folder.iterdir():
                if path.stat().st_mtime < time.time() - FORGET_AFTER_S:
                    path.unlink(missing_ok=True)
            self._path.write_text(address, "utf-8")

    def forget(self) -> None:
        """Forget the upload."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
