"""The owner of the DuckDB file: writes one at a time, reads beside them, checkpoints where nobody copies the file."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.errors import StoreError
from pipeline.store.database import backups
from pipeline.store.database.commit_counter import CommitCounter
from pipeline.store.database.connection import first_line, open_connection
from pipeline.store.database.schema import MIGRATIONS, SCHEMA, SCHEMA_VERSION
from pipeline.store.database.snapshots import Snapshots, copy_store

log = logging.getLogger(__name__)

Row = dict[str, Any]
REOPEN_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 5.0
CHECKPOINT_RETRY_S = 30.0  # after one that failed
CHECKPOINT_BYTES = 16 << 20  # of write-ahead log, after which it is brought into the file: DuckDB's own default


def now() -> datetime:
    """The time as the store writes it: UTC without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


class Database:
    """The file's one owner. Each write is a transaction of its own, or a part of `transaction()`; durable when it returns.

    Writes go one at a time through one connection. Reads go through a connection of the calling thread, at the same time as
    writes and each other, and see what was committed before they began; inside `transaction()` they see its own writes.
    """

    def __init__(self, path: Path, *, patience: float = 20.0) -> None:
        """Open or create the file. Another process may still hold it after a restart: retried for `patience` seconds."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()  # the writer's
        self._writer_thread: int | None = None  # the thread inside `transaction()`
        self._readers = threading.local()
        self._open_readers: list[Any] = []
        self._opening = 0  # counts openings: a reader of an earlier one is of no use
        self._connecting = threading.Lock()  # held while connections are made or closed
        self._copying = threading.Lock()  # held while the file is copied, and while it is checkpointed
        self._no_checkpoint_before = 0.0  # by the monotonic clock
        self._opened = (now(), time.monotonic())
        self._snapshots = Snapshots(path)
        self._root = open_connection(path, patience)  # every other connection is a cursor of this one
        self._connection = self._root.cursor()  # the writer's
        self._commits = CommitCounter(path)
        self._check_version()
        self._lock_down()

    def _lock_down(self) -> None:
        """No SQL reads files, loads extensions or undoes this."""
        for statement in ("SET enable_external_access = false", "SET lock_configuration = true"):
            self._connection.execute(statement)

    def _check_version(self) -> None:
        known = self.row("SELECT table_name FROM duckdb_tables() WHERE table_name = 'schema_version'")
        row = self.row("SELECT max(version) AS version FROM schema_version") if known else None
        found = row["version"] if row else None
        if found is None:
            self.execute(SCHEMA)
            self.execute("INSERT INTO schema_version VALUES (?)", [SCHEMA_VERSION])
        elif found < SCHEMA_VERSION:
            self._migrate(found)
        elif found > SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} has schema {found}, this Dubarr speaks {SCHEMA_VERSION}; use its version, or ./dubarr restore an older backup"
            )

    def _migrate(self, found: int) -> None:
        """Take an older file forward, step by step, all or nothing; as it was it stays as a backup."""
        copy = self.backup(backups.name_migration_backup(self.path, SCHEMA_VERSION))
        log.info("store: %s is kept as %s", self.path, copy)
        with self.transaction():
            self.execute(SCHEMA)  # new tables; the steps are changes of old ones
            for version in range(found + 1, SCHEMA_VERSION + 1):
                log.info("store: %s goes from schema %d to %d", self.path, version - 1, version)
                self.execute(MIGRATIONS[version])
                self.execute("UPDATE schema_version SET version = ?", [version])

    def steady(self) -> datetime:
        """The time by a clock that nobody sets: what leases are counted by. It begins anew with every opening."""
        at, ticks = self._opened
        return at + timedelta(seconds=time.monotonic() - ticks)

    # -- writing

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Nests: the outermost block commits."""
        with self._lock:
            if self._writer_thread is not None:
                yield
                return
            self._writer_thread = threading.get_ident()
            self._run(self._connection, "BEGIN")
            with ExitStack() as on_failure:
                on_failure.callback(self._roll_back)
                yield
                self._run(self._connection, "COMMIT")
                self._commits.increase()
                on_failure.pop_all()
            self._writer_thread = None
            self._checkpoint_if_due()

    def _roll_back(self) -> None:
        try:
            with suppress(StoreError):  # a COMMIT that failed has ended it already
                self._run(self._connection, "ROLLBACK")
        finally:
            self._writer_thread = None

    def execute(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement that writes. Returns the rows of its RETURNING clause."""
        with self._lock:
            rows = self._run(self._connection, sql, values)
            if self._writer_thread is None:
                self._commits.increase()
                self._checkpoint_if_due()
            return rows

    def replace(self, table: str, rows: Sequence[Row]) -> None:
        """Upsert many rows at once, through Arrow: a row at a time costs 3 ms each."""
        if not rows:
            return
        import pyarrow

        columns = ", ".join(f'"{name}"' for name in rows[0])
        with self._lock:
            self._connection.register("incoming", pyarrow.Table.from_pylist(list(rows)))
            try:
                self.execute(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM incoming")  # noqa: S608 -- our names
            finally:
                self._connection.unregister("incoming")

    def _checkpoint_if_due(self) -> None:
        """Bring a write-ahead log that has grown into the file, where no copy of the file is under way. The lock is held."""
        if _size_of(backups.wal_path_of(self.path)) < CHECKPOINT_BYTES or time.monotonic() < self._no_checkpoint_before:
            return
        if not self._copying.acquire(blocking=False):
            return  # after one of the next writes
        try:
            self._run(self._connection, "CHECKPOINT")
        except StoreError as error:  # what was to be written is committed: it stays in the log
            log.warning("store: the write-ahead log is not brought into the file: %s", error)
            self._no_checkpoint_before = time.monotonic() + CHECKPOINT_RETRY_S  # a disk that is full stays so for a while
        finally:
            self._copying.release()

    # -- reading

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a SELECT, by column name."""
        if self._writer_thread == threading.get_ident():
            return self._run(self._connection, sql, values)
        return self._run(self._reader(), sql, values)

    def row(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """The first row of a SELECT, or None."""
        return next(iter(self.rows(sql, values)), None)

    def _reader(self) -> Any:
        """The calling thread's own connection."""
        known: tuple[int, Any] | None = getattr(self._readers, "known", None)
        if known is None or known[0] != self._opening:
            with self._connecting:
                known = (self._opening, self._root.cursor())
                self._open_readers.append(known[1])
            self._readers.known = known
        return known[1]

    # -- both

    def _run(self, connection: Any, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """The rows of a statement of ours. StoreError where the disk or the file does not let it."""
        import duckdb

        opening = self._opening
        try:
            return _rows_of(connection.execute(sql, list(values)))
        except (
            *(duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.TransactionException),
            *(duckdb.InterruptException, duckdb.ConnectionException),  # the store is being closed, or opened anew
        ) as error:
            if isinstance(error, duckdb.FatalException):  # DuckDB answers nothing any more until the file is opened anew
                self._reopen(opening)
            raise StoreError(f"{self.path} cannot be read or written: {first_line(error)}; nothing of this was kept") from error

    def _reopen(self, opening: int) -> None:
        with self._lock, self._connecting:
            if opening != self._opening:
                return  # another thread was first
            self._close_all()  # or DuckDB would give this path the same, broken database again
            self._root = open_connection(self.path, REOPEN_TIMEOUT_S)
            self._connection = self._root.cursor()
            self._opening += 1
            self._lock_down()

    def _close_all(self) -> None:
        for connection in (*self._open_readers, self._connection, self._root):
            _close(connection)
        self._open_readers.clear()

    # -- copies

    def backup(self, target: Path) -> Path:
        """Copy all that is committed to a new file, while others go on reading and writing. StoreError. Returns `target`."""
        return copy_store(self.path, target, copying=self._copying)

    def snapshot(self, folder: Path) -> Path:
        """Copy all that is committed into an empty folder beside the store, for queries; see `Snapshots.write`. StoreError."""
        with self._copying:
            return self._snapshots.write(folder)

    def close(self) -> None:
        """Checkpoint and release the file."""
        with self._copying, self._lock, self._connecting:
            self._snapshots.close()
            self._close_all()


def _close(connection: Any) -> None:
    """Close a connection, and end the read of another thread that keeps it busy."""
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


def _rows_of(cursor: Any) -> list[Row]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()] if names else []


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
