"""Connections to the DuckDB file: configuration, retries while another process holds the lock, errors for a damaged file."""

import time
from pathlib import Path
from typing import Any

from pipeline.errors import StoreError
from pipeline.store.database import backups
from pipeline.store.database.write_ahead_log import find_wal_damage

LOCKED_MESSAGE = "Could not set lock"  # in DuckDB's message where another process holds the lock
RETRY_INTERVAL_S = 0.2
CLOSE_TIMEOUT_S = 5.0

Row = dict[str, Any]

DUCKDB_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",  # DuckDB's own default is 80 % of the machine, which the engines need
    "max_temp_directory_size": "2GB",
    # No automatic checkpoints: snapshots copy the file during writes, and a checkpoint would change it during the copy.
    # `Database` starts each checkpoint while no copy runs.
    "checkpoint_threshold": "1TB",
}


def open_connection(path: Path, timeout_s: float) -> Any:
    """Open a DuckDB connection to the file, which is created where there is none.

    Another process may still hold the file after a restart: retried for `timeout_s` seconds. StoreError where it is
    damaged, or another process holds it.
    """
    import duckdb  # imported late: pipeline must import fast

    if damage := find_wal_damage(path):
        raise word_damage(path, damage)
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


def require_store_file(path: Path) -> None:
    """Require that a file that nobody has open, such as a backup, is a store of Dubarr. StoreError. It is only read."""
    import duckdb

    try:
        with duckdb.connect(str(path), read_only=True, config=DUCKDB_CONFIG) as connection:
            connection.execute("SELECT max(version) FROM schema_version").fetchone()
    except duckdb.Error as error:
        raise StoreError(f"{path} is no copy of a store: {first_line(error)}; name a file that ./dubarr backup made") from error


def word_damage(path: Path, why: str) -> StoreError:
    """Error for a file that cannot be opened, with the way out."""
    newest = backups.find_newest_backup(path)
    way_out = f"./dubarr restore {newest}" if newest else "there is no backup; ./dubarr restore --without-log saves what is older"
    return StoreError(f"{path} cannot be opened: {why}; {way_out}")


def first_line(error: Exception) -> str:
    """First line of DuckDB's message; the others quote the statement."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def close_connection(connection: Any) -> None:
    """Close a connection; a read of another thread on it is interrupted."""
    import duckdb

    deadline = time.monotonic() + CLOSE_TIMEOUT_S
    while True:
        try:
            connection.close()
            return
        except duckdb.Error:  # it refuses while it is busy
            if time.monotonic() > deadline:
                raise
            connection.interrupt()
            time.sleep(0.01)


def read_rows(cursor: Any) -> list[Row]:
    """Rows of a result, by column name."""
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()] if names else []
