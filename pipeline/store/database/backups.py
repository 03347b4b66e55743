"""Backups of the DuckDB file: named by time, in a folder beside it; rotation of the daily ones, and restore."""

import os
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import StoreError

BACKUP_FOLDER_NAME = "backups"  # beside the file
DATABASE_SUFFIX = ".duckdb"
TIMESTAMP_FORMAT = "%Y%m%d-%H%M%S"  # UTC, so that names sort by time
MAX_DAILY_BACKUPS = 7  # older daily ones are removed
DAILY_LABEL = "daily"
DAY_S = 24 * 3600.0
COPY_BLOCK_BYTES = 8 << 20


def backup_folder_of(database: Path) -> Path:
    """Default folder of the backups of a file: beside it."""
    return database.parent / BACKUP_FOLDER_NAME


def name_manual_backup(folder: Path) -> Path:
    """Free file name for a manual backup."""
    return _free(folder, "")


def name_migration_backup(database: Path, version: int) -> Path:
    """Free file name for the backup before a migration to a schema version."""
    return _free(backup_folder_of(database), f"-before-schema-{version}")


def name_daily_backup(database: Path) -> Path | None:
    """Free file name for today's backup; None where one was made within a day."""
    made = sorted(backup_folder_of(database).glob(f"*-{DAILY_LABEL}{DATABASE_SUFFIX}"))
    if made and time.time() - made[-1].stat().st_mtime < DAY_S:
        return None
    return _free(backup_folder_of(database), f"-{DAILY_LABEL}")


def remove_old_daily_backups(database: Path) -> None:
    """Remove all but the last daily backups (rotation). Manual backups and those of migrations stay."""
    for old in sorted(backup_folder_of(database).glob(f"*-{DAILY_LABEL}{DATABASE_SUFFIX}"))[:-MAX_DAILY_BACKUPS]:
        old.unlink(missing_ok=True)


def find_newest_backup(database: Path) -> Path | None:
    """The newest backup in the default folder, None where there is none."""
    return next(iter(list_backups(database)), None)


def list_backups(database: Path) -> list[Path]:
    """The backups in the default folder, newest first."""
    return sorted(backup_folder_of(database).glob(f"*{DATABASE_SUFFIX}"), key=lambda path: path.name, reverse=True)


def copy_closed_file(database: Path, target: Path) -> Path:
    """Copy a file that no process has open: complete and flushed to disk, or not at all. StoreError. Returns `target`."""
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # an existing symbolic link is not followed
        with database.open("rb") as source, os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(source, file, COPY_BLOCK_BYTES)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(f"{target} cannot be written: {error.strerror}; give another folder, or make room") from error
    return target


def restore_backup(backup: Path, database: Path) -> Path | None:
    """Restore a backup in place of the file. The former file and its log are moved aside, once the copy is complete.

    Returns the former file's new path, None where there was none.
    """
    copy = copy_closed_file(backup, database.with_name(f".{database.name}.restored"))
    aside = move_database_aside(database)
    copy.replace(database)
    return aside


def move_database_aside(database: Path) -> Path | None:
    """Rename the file and its write-ahead log. Returns the file's new path, None where there was none."""
    log = wal_path_of(database)
    if not database.exists() and not log.exists():
        return None
    aside = database.with_name(f"{database.stem}-replaced-{_stamp()}{database.suffix}")
    for path, name in ((log, wal_path_of(aside)), (database, aside)):
        if path.exists():
            path.replace(name)
    return aside


def move_wal_aside(database: Path) -> Path | None:
    """Rename only the file's write-ahead log. Returns its new path, None where there was none."""
    log = wal_path_of(database)
    if not log.exists():
        return None
    return log.replace(log.with_name(f"{database.stem}-replaced-{_stamp()}{database.suffix}.wal"))


def wal_path_of(database: Path) -> Path:
    """Path of a file's write-ahead log, which holds the transactions committed since the last checkpoint."""
    return database.with_name(f"{database.name}.wal")


def wal_size_of(database: Path) -> int:
    """Bytes of a file's write-ahead log, 0 where there is none."""
    try:
        return wal_path_of(database).stat().st_size
    except FileNotFoundError:
        return 0


def _free(folder: Path, words: str) -> Path:
    stamp = _stamp()
    names = (folder / f"dubarr-{stamp}{words}{number}{DATABASE_SUFFIX}" for number in ("", *(f"-{n}" for n in range(2, 100))))
    return next(path for path in names if not path.exists())


def _stamp() -> str:
    return datetime.now(UTC).strftime(TIMESTAMP_FORMAT)
