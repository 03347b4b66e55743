"""Opening the DuckDB file: its configuration, the wait for another process that holds it, and what is said of a damaged one."""

import time
from pathlib import Path
from typing import Any

from pipeline.errors import StoreError
from pipeline.store.database import backups

LOCKED_MESSAGE = "Could not set lock"  # how DuckDB words that another process has the file
WAL_MAGIC = b"\x64\x00"  # a write-ahead log that begins otherwise is taken for an empty one, without a word
RETRY_INTERVAL_S = 0.2
DUCKDB_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",  # DuckDB's own default is 80 % of the machine, which the engines need
    "max_temp_directory_size": "2GB",
    # Never by itself: snapshots copy the file while others write, and a checkpoint would change it under the copy.
    # `Database` starts each checkpoint, where no copy is under way.
    "checkpoint_threshold": "1TB",
}


def open_connection(path: Path, timeout_s: float) -> Any:
    """A DuckDB connection to the file, which is created where there is none.

    Another process may still hold the file after a restart: tried again for `timeout_s` seconds. StoreError where it is
    damaged, or another process keeps it.
    """
    import duckdb  # imported late: pipeline must import fast

    _require_intact_wal(path)
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return duckdb.connect(str(path), config=DUCKDB_CONFIG)
        except duckdb.Error as error:
            if LOCKED_MESSAGE not in str(error):
                raise word_damage(path, first_line(error)) from error
            if time.monotonic() > deadline:
                raise StoreError(f"{path} cannot be opened: {first_line(error)}; one process may hold it at a time") from error
            time.sleep(RETRY_INTERVAL_S)


def _require_intact_wal(path: Path) -> None:
    wal = backups.wal_path_of(path)
    if wal.is_file() and wal.stat().st_size and _read_magic(wal) != WAL_MAGIC:
        raise word_damage(path, f"{wal.name} does not begin as a write-ahead log does")


def _read_magic(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(WAL_MAGIC))


def word_damage(path: Path, why: str) -> StoreError:
    """The error of a file that cannot be opened, with the way out."""
    newest = backups.find_newest_backup(path)
    way_out = f"./dubarr restore {newest}" if newest else "there is no backup; ./dubarr restore --without-log saves what is older"
    return StoreError(f"{path} cannot be opened: {why}; {way_out}")


def first_line(error: Exception) -> str:
    """The first line of DuckDB's message; the others show the statement."""
    return next(iter(str(error).splitlines()), type(error).__name__)
