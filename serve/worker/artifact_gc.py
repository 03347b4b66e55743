"""Garbage collection of artifacts: removes files that no row of the store references any more."""

import logging
import os
import shutil
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from pipeline.errors import FilmNotFound, FilmRefused
from pipeline.filesystem.path_guard import open_folder
from pipeline.store.store import Store
from pipeline.values.tasks import Task
from serve.store.remote_store import RemoteStore

log = logging.getLogger(__name__)

ABANDONED_AFTER_S = 600.0  # without a write; a running stage writes every few seconds


def purge_task(store: Store | RemoteStore, task_id: int, artifacts: Path) -> Task:
    """Purge a task's cached stages, queue it again, and remove the files that are no longer referenced."""
    task, files = store.tasks.purge(task_id)
    remove_files(files, artifacts)
    return task


def delete_task(store: Store | RemoteStore, task_id: int, artifacts: Path) -> Task:
    """Delete a task, never its film, and the files that are no longer referenced."""
    task, files = store.tasks.delete(task_id)
    remove_files(files, artifacts)
    return task


def remove_files(files: Iterable[str], artifacts: Path) -> int:
    """Remove files named relative to the artifacts folder, and the folders they leave empty. Returns how many were there.

    Nothing outside the folder is touched, whatever a name says. A file that cannot be removed stays, and is logged.
    """
    folder, removed = artifacts.resolve(), 0
    for name in files:
        path = folder / name
        if ".." in path.parts or path == folder:
            log.error("garbage collection: %s lies outside %s and is not removed", name, folder)
            continue
        try:
            with open_folder(path.parent, (folder,)) as parent:
                os.unlink(path.name, dir_fd=parent.descriptor)  # a link is removed, not followed
            removed += 1
        except FilmRefused:
            log.error("garbage collection: %s lies outside %s and is not removed", name, folder)
            continue
        except (FilmNotFound, FileNotFoundError):
            continue
        except OSError as error:
            log.warning("garbage collection: %s cannot be removed: %s", path, error.strerror)
            continue
        _remove_empty_folders(parent.path, folder)
    return removed


def collect_garbage(artifacts: Path, referenced: Collection[str]) -> int:
    """Remove folders that killed workers left: unreferenced, and without a write for `ABANDONED_AFTER_S`. Returns how many."""
    removed = 0
    for folder in artifacts.iterdir() if artifacts.is_dir() else ():
        if (
            folder.is_dir()
            and not folder.is_symlink()
            and folder.name not in referenced
            and _last_write_time(folder) < time.time() - ABANDONED_AFTER_S
        ):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    if removed:
        log.info("garbage collection: %d folders of interrupted stages removed", removed)
    return removed


def collect_task_garbage(artifacts: Path, task_id: int, referenced: Collection[str]) -> int:
    """Remove the folders of an ended task's interrupted stages. `referenced`: folders in use by cached stages, of any task.
    Returns how many were removed.
    """
    removed = 0
    for folder in artifacts.glob(f"*-{task_id}-*"):
        if folder.is_dir() and not folder.is_symlink() and folder.name not in referenced:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _last_write_time(folder: Path) -> float:
    times = [folder.stat().st_mtime]
    for path in folder.iterdir():
        try:
            times.append(path.stat().st_mtime)
        except FileNotFoundError:
            continue  # a running stage removed it meanwhile
    return max(times)


def _remove_empty_folders(folder: Path, top: Path) -> None:
    """Remove a folder and its parents, up to `top`, while they are empty."""
    while folder != top and folder.is_relative_to(top):
        try:
            folder.rmdir()
        except OSError:
            return  # not empty, or another process was first
        folder = folder.parent
