"""Access modes of DATA_DIR, VIDEOS_DIR, LOGS_DIR and the database: 0700 and 0600, tightened at start, with a warning where they are open.

A folder that holds other things beside ours is left as it is: closing it would take away what others reach through it.
"""

import logging
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

from pipeline.settings import Settings
from pipeline.store.database import backups
from serve.runtime.private_folders import OTHERS_MODE_BITS, find_ray_token_file

log = logging.getLogger(__name__)

# Names of the files that we write into DATA_DIR, LOGS_DIR and the database's folder, and that file systems and file managers put anywhere.
OUR_NAMES = re.compile(
    r"credentials|\.credentials-\w+|llm\.(key|error)|service\.(json|\d+\.part)|artifacts|dubs|backups|notebooks|demo|library"
    r"|(processing|service|setup|llm)\.log|setup\.lock|\.?[\w.-]+\.duckdb(\.wal|\.tmp|\.part|\.commits|\.queries)?|lost\+found|\.DS_Store|\.gitignore"
)
SECRET_SETTINGS = frozenset(each.metadata["env"] for each in fields(Settings) if each.metadata.get("secret"))


def make_private_folder(folder: Path) -> None:
    """Make a folder 0700 where there is none, with those above it; one that is there stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def prepare_folders(settings: Settings, home: Path) -> None:
    """Make the service's folders, and tighten those that are there, with the files in them that are ours.

    `home`: the folder of `.env`; VIDEOS_DIR is tightened only where it is the one below it: one elsewhere may be meant for others.
    """
    for folder in (settings.data_dir, settings.videos_dir, settings.logs_dir, settings.artifacts):
        make_private_folder(folder)
    defaults = {path for name in ("data", "videos", "logs") if not (path := home.resolve() / name).is_symlink()}
    for folder in _list_store_folders(settings):
        if folder in defaults or _holds_only_ours(folder, settings):
            _make_private(folder.resolve())
        for entry in _list_entries(folder):
            if _is_ours(entry, settings):
                _make_private(entry)
    if settings.videos_dir in defaults:
        _make_private(settings.videos_dir)
    for copy in backups.list_backups(settings.database):
        _make_private(copy)
    _make_private(find_ray_token_file())  # Ray makes it by the umask alone


def find_open_paths(settings: Settings, home: Path) -> tuple[str, ...]:
    """Find the folders and secrets of the service that another local user can read or replace: a sentence for each. Changes nothing."""
    folders = dict.fromkeys((*_list_store_folders(settings), settings.videos_dir))
    secrets = [settings.data_dir / name for name in ("credentials", "llm.key")]
    files = [settings.database, backups.wal_path_of(settings.database), *secrets, find_ray_token_file()]
    if _holds_secrets(home / ".env"):
        files.append(home / ".env")
    return (*_describe_open_folders(folders), *_describe_open_files(files))


def compute_file_mode(folder: Path) -> int:
    """Compute the mode of a new file, as readable as the folder that it is put into: 0600 in a folder of 0700, 0644 in one of 0755."""
    return 0o600 | folder.stat().st_mode & 0o044


def _list_store_folders(settings: Settings) -> tuple[Path, ...]:
    """List the folders that hold files of the service alone, as far as they exist."""
    folders = dict.fromkeys((settings.data_dir, settings.database.parent, settings.logs_dir))
    return tuple(folder for folder in folders if folder.is_dir())


def _is_ours(entry: Path, settings: Settings) -> bool:
    if entry in {settings.videos_dir, *settings.library_roots}:
        return False
    inner = {settings.logs_dir, settings.data_dir, settings.trace_dir, settings.database, backups.wal_path_of(settings.database)}
    return entry in inner or OUR_NAMES.fullmatch(entry.name) is not None


def _holds_only_ours(folder: Path, settings: Settings) -> bool:
    return all(_is_ours(entry, settings) for entry in _list_entries(folder))


def _list_entries(folder: Path) -> tuple[Path, ...]:
    """List the entries of a folder; none where it cannot be read."""
    try:
        return tuple(folder.iterdir())
    except OSError:
        return ()


def _make_private(path: Path) -> None:
    """Remove the rights of group and others from a file or folder of ours. A link is not followed; a failure is logged."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return  # it is not there, a link, or another user's
    try:
        status = os.fstat(handle)
        regular = stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)
        if regular and status.st_uid == os.getuid() and status.st_mode & OTHERS_MODE_BITS and not status.st_mode & stat.S_ISVTX:
            os.fchmod(handle, stat.S_IMODE(status.st_mode) & ~OTHERS_MODE_BITS)
    except OSError as error:  # file systems without modes, NFS that knows better
        log.warning("%s stays open to other users: %s", path, error.strerror)
    finally:
        os.close(handle)


def _describe_open_folders(folders: Iterable[Path]) -> Iterator[str]:
    for folder in folders:
        if not folder.is_dir() or not _is_reachable(folder):
            continue
        status = folder.stat()
        if status.st_uid not in {0, os.getuid()}:
            yield f"{folder} belongs to another user (number {status.st_uid}), who can read and replace what lies in it; chown it"
        elif status.st_mode & OTHERS_MODE_BITS:
            can = "write to" if status.st_mode & 0o022 else "enter"
            yield f"{folder} has mode {stat.S_IMODE(status.st_mode):04o}: other users can {can} it; chmod 700 it, unless that is meant"
        if above := _find_writable_ancestor(folder.resolve()):
            yield f"{folder} lies in {above}, where other users can put another folder in its place; chmod o-w {above}"


def _is_reachable(path: Path) -> bool:
    """True if the folders above let users other than their owners through."""
    return all(above.stat().st_mode & 0o011 for above in path.resolve().parents)


def _find_writable_ancestor(folder: Path) -> Path | None:
    """Find a folder above this one in which every user may rename entries; None where there is none."""
    for above in folder.parents:
        mode = above.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            return above
    return None


def _describe_open_files(files: Iterable[Path]) -> Iterator[str]:
    for path in files:
        if path.is_file() and _is_reachable(path) and (mode := stat.S_IMODE(path.stat().st_mode)) & OTHERS_MODE_BITS:
            yield f"{path} has mode {mode:04o}: other users can read it; chmod 600 it"


def _holds_secrets(path: Path) -> bool:
    from dotenv import dotenv_values  # imported late: it is read at few places

    return any(dotenv_values(path, interpolate=False).get(name) for name in SECRET_SETTINGS) if path.is_file() else False
