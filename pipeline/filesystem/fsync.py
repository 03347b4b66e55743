"""Durable writes: fsync of folders, without which a rename may be lost, and atomic replacement of files."""

import os
import tempfile
from pathlib import Path


def fsync_folder(folder: Path) -> None:
    """Flush a folder to disk (fsync), so that a rename in it survives a power failure."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Replace a file atomically: after a crash at any moment it has its old content or the new one. `mode`: permissions."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        temporary = Path(file.name)
        try:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    fsync_folder(path.parent)
