"""fsync of folders: a rename is durable only once its folder is flushed to disk."""

import os
from pathlib import Path


def fsync_folder(folder: Path) -> None:
    """Flush a folder to disk (fsync), so that a rename in it survives a power failure."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
