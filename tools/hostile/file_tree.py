"""Snapshots of file trees, to see that nothing was written where nothing may be."""

import contextlib
import os
from collections.abc import Collection
from pathlib import Path


def snapshot_tree(root: Path, without: Collection[Path] = ()) -> dict[str, tuple[int, int]]:
    """Size and time of change of every file below a folder, by path. `without`: folders that are left out."""
    found: dict[str, tuple[int, int]] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if Path(folder, name) not in without]
        for path in (Path(folder, name) for name in files):
            with contextlib.suppress(OSError):  # it is gone
                status = path.lstat()
                found[str(path)] = status.st_size, status.st_mtime_ns
    return found


def list_changes(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> list[str]:
    """List the files that are new, changed or gone."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
