"""Copies of the DuckDB file: made beside it, named by time, and put back in its place."""

import os
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import StoreError

FOLDER = "backups"  # beside the file
SUFFIX = ".duckdb"
STAMP = "%Y%m%d-%H%M%S"  # UTC, so that names sort by time
KEPT = 7  # of those that are made by themselves
DAILY = "daily"
DAY = 24 * 3600.0  # s
COPY_BLOCK = 8 << 20  # bytes


def folder_of(database: Path) -> Path:
    """Where the backups of a file lie, unless somebody wants them elsewhere."""
    return database.parent / FOLDER


def by_hand(folder: Path) -> Path:
    """A name for a backup that somebody asked for."""
    return _free(folder, "")


def before_schema(database: Path, version: int) -> Path:
    """A name for the file as it was before it went to a schema."""
    return _free(folder_of(database), f"-before-schema-{version}")


def due(database: Path) -> Path | None:
    """A name for today's backup; None where one was made within a day."""
    made = sorted(folder_of(database).glob(f"*-{DAILY}{SUFFIX}"))
    if made and time.time() - made[-1].stat().st_mtime < DAY:
        return None
    return _free(folder_of(database), f"-{DAILY}")


def thin_out(database: Path) -> None:
    """Remove the oldest of the daily backups; what people and upgrades made stays."""
    for old in sorted(folder_of(database).glob(f"*-{DAILY}{SUFFIX}"))[:-KEPT]:
        old.unlink(missing_ok=True)


def newest(database: Path) -> Path | None:
    """The last backup in its usual place."""
    return next(iter(every(database)), None)


def every(database: Path) -> list[Path]:
    """The backups in their usual place, the newest first."""
    return sorted(folder_of(database).glob(f"*{SUFFIX}"), key=lambda path: path.name, reverse=True)


def copied(database: Path, target: Path) -> Path:
    """Copy a file that nobody writes to meanwhile: whole and on disk, or not at all. StoreError. Returns `target`."""
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # a link that lies there is not followed
        with database.open("rb") as source, os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(source, file, COPY_BLOCK)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(f"{target} cannot be written: {error.strerror}; give another folder, or make room") from error
    return target


def put_in_place(backup: Path, database: Path) -> Path | None:
    """Let a backup be the file. What was there moves aside, its log with it; returns where to, None where nothing was."""
    aside = set_aside(database)
    copied(backup, database)
    return aside


def set_aside(database: Path) -> Path | None:
    """Move the file and its log out of the way. Returns the file's new name, None where there was none."""
    log = log_of(database)
    if not database.exists() and not log.exists():
        return None
    aside = database.with_name(f"{database.stem}-replaced-{_stamp()}{database.suffix}")
    for path, name in ((log, log_of(aside)), (database, aside)):
        if path.exists():
            path.replace(name)
    return aside


def set_log_aside(database: Path) -> Path | None:
    """Move only the file's log out of the way. Returns its new name, None where there was none."""
    log = log_of(database)
    if not log.exists():
        return None
    return log.replace(log.with_name(f"{database.stem}-replaced-{_stamp()}{database.suffix}.wal"))


def log_of(database: Path) -> Path:
    """DuckDB's write-ahead log of a file: what was committed since the last checkpoint."""
    return database.with_name(f"{database.name}.wal")


def _free(folder: Path, words: str) -> Path:
    stamp = _stamp()
    names = (folder / f"dubarr-{stamp}{words}{number}{SUFFIX}" for number in ("", *(f"-{n}" for n in range(2, 100))))
    return next(path for path in names if not path.exists())


def _stamp() -> str:
    return datetime.now(UTC).strftime(STAMP)
