"""Copies of the DuckDB file: made beside it, named by time, and put back in its place."""

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
MAX_DAILY_BACKUPS = 7  # of those that are made by themselves
DAILY_LABEL = "daily"
DAY_S = 24 * 3600.0  # s
COPY_BLOCK_BYTES = 8 << 20  # bytes


def backup_folder_of(database: Path) -> Path:
    """Where the backups of a file lie, unless somebody wants them elsewhere."""
    return database.parent / BACKUP_FOLDER_NAME


def name_manual_backup(folder: Path) -> Path:
    """A name for a backup that somebody asked for."""
    return _free(folder, "")


def name_migration_backup(database: Path, version: int) -> Path:
    """A name for the file as it was before it went to a schema."""
    return _free(backup_folder_of(database), f"-before-schema-{version}")


def name_daily_backup(database: Path) -> Path | None:
    """A name for today's backup; None where one was made within a day."""
    made = sorted(backup_folder_of(database).glob(f"*-{DAILY_LABEL}{DATABASE_SUFFIX}"))
    if made and time.time() - made[-1].stat().st_mtime < DAY_S:
        return None
    return _free(backup_folder_of(database), f"-{DAILY_LABEL}")


def remove_old_daily_backups(database: Path) -> None:
    """Remove the oldest of the daily backups; what people and upgrades made stays."""
    for old in sorted(backup_folder_of(database).glob(f"*-{DAILY_LABEL}{DATABASE_SUFFIX}"))[:-MAX_DAILY_BACKUPS]:
        old.unlink(missing_ok=True)


def find_newest_backup(database: Path) -> Path | None:
    """The last backup in its usual place."""
    return next(iter(list_backups(database)), None)


def list_backups(database: Path) -> list[Path]:
    """The backups in their usual place, the newest first."""
    return sorted(backup_folder_of(database).glob(f"*{DATABASE_SUFFIX}"), key=lambda path: path.name, reverse=True)


def copy_closed_file(database: Path, target: Path) -> Path:
    """Copy a file that nobody writes to meanwhile: whole and on disk, or not at all. StoreError. Returns `target`."""
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # a link that lies there is not followed
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
    """Let a backup be the file. What was there moves aside, its log with it; returns where to, None where nothing was."""
    aside = move_database_aside(database)
    copy_closed_file(backup, database)
    return aside


def move_database_aside(database: Path) -> Path | None:
    """Move the file and its log out of the way. Returns the file's new name, None where there was none."""
    log = wal_path_of(database)
    if not database.exists() and not log.exists():
        return None
    aside = database.with_name(f"{database.stem}-replaced-{_stamp()}{database.suffix}")
    for path, name in ((log, wal_path_of(aside)), (database, aside)):
        if path.exists():
            path.replace(name)
    return aside


def move_wal_aside(database: Path) -> Path | None:
    """Move only the file's log out of the way. Returns its new name, None where there was none."""
    log = wal_path_of(database)
    if not log.exists():
        return None
    return log.replace(log.with_name(f"{database.stem}-replaced-{_stamp()}{database.suffix}.wal"))


def wal_path_of(database: Path) -> Path:
    """DuckDB's write-ahead log of a file: what was committed since the last checkpoint."""
    return database.with_name(f"{database.name}.wal")


def _free(folder: Path, words: str) -> Path:
    stamp = _stamp()
    names = (folder / f"dubarr-{stamp}{words}{number}{DATABASE_SUFFIX}" for number in ("", *(f"-{n}" for n in range(2, 100))))
    return next(path for path in names if not path.exists())


def _stamp() -> str:
    return datetime.now(UTC).strftime(TIMESTAMP_FORMAT)
