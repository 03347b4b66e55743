"""Removes files that nothing in the store speaks of any more."""

import logging
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger(__name__)


def sweep(files: Iterable[str], artifacts: Path) -> int:
    """Remove files named relative to the artifacts folder, and the folders they leave empty. Returns how many were there.

    Nothing outside the folder is touched, whatever a name says. A file that cannot be removed stays, and is logged.
    """
    folder, swept = artifacts.resolve(), 0
    for name in files:
        path = (folder / name).parent.resolve() / Path(name).name  # a link is removed, not followed
        if ".." in Path(name).parts or not path.is_relative_to(folder) or path == folder:
            log.error("litter: %s lies outside %s and stays", name, folder)
            continue
        try:
            path.unlink()
            swept += 1
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("litter: %s stays: %s", path, error.strerror)
            continue
        _prune(path.parent, folder)
    return swept


def _prune(folder: Path, top: Path) -> None:
    """Remove a folder and those above it, up to `top`, while they are empty."""
    while folder != top and folder.is_relative_to(top):
        try:
            folder.rmdir()
        except OSError:
            return  # not empty, or another process was first
        folder = folder.parent
