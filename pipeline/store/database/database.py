"""Database: the one owner of the DuckDB file, with serialized writes, concurrent reads, transactions and checkpoints."""

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
from pipeline.store.database.change_log import ChangeLog
from pipeline.store.database.commit_counter import CommitCounter
from pipeline.store.database.connection import Row, close_connection, first_line, open_connection, read_rows
from pipeline.store.database.migrations import ensure_schema
from pipeline.store.database.snapshots import Snapshots, copy_store
from pipeline.values.monitoring.task_events import TaskEvent

log = logging.getLogger(__name__)

REOPEN_TIMEOUT_S = 5.0
CHECKPOINT_RETRY_S = 30.0  # after a failed one
CHECKPOINT_BYTES = 16 << 20  # of write-ahead log that trigger a checkpoint: DuckDB's own default


def now() -> datetime:
    """Current time as the store writes it: UTC without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


class Database:
    """The file's one owner. Each write is a transaction of its own, or part of `transaction()`; it is durable when it returns.

    Writes go one at a time through one connection. Reads go through a connection of the calling thread, at the same time as
    writes and each other, and see the transactions committed before they began; inside `transaction()` they see its own writes.
    """

    def __init__(self, path: Path, *, open_timeout_s: float = 20.0) -> None:
        """Open or create the file. Another process may still hold it after a restart: retried for `open_timeout_s` seconds."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()  # the writer's
        self._writer_thread: int | None = None  # the thread inside `transaction()`
        self._readers = threading.local()
        self._open_readers: list[Any] = []
        self._opening = 0  # counts openings: readers of an earlier one are invalid
        self._connecting = threading.Lock()  # held while connections are made or closed
        self._copying = threading.Lock()  # held while the file is copied, and while it is checkpointed
        self._no_checkpoint_before = 0.0  # by the monotonic clock
        self._opened = (now(), time.monotonic())
        self._snapshots = Snapshots(path)
        self._root = open_connection(path, open_timeout_s)  # every other connection is a cursor of this one
        self._connection = self._root.cursor()  # the writer's
        self._commits = CommitCounter(path)
        self.changes = ChangeLog()
        self._events: list[TaskEvent] = []  # of the transaction
        ensure_schema(self)
        self._lock_down()

    def _lock_down(self) -> None:
        """Disable file access and extensions in SQL, and lock the configuration."""
        for statement in ("SET enable_external_access = false", "SET lock_configuration = true"):
            self._connection.execute(statement)

    def monotonic_now(self) -> datetime:
        """Monotonic time for leases, unaffected by changes of the system clock. It restarts with every opening."""
        at, ticks = self._opened
        return at + timedelta(seconds=time.monotonic() - ticks)

    # -- writing

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Transaction for the duration of the block: all or nothing. Nests: the outermost block commits."""
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
                self.changes.append(self._events)
                self._events.clear()
                on_failure.pop_all()
            self._writer_thread = None
            self._checkpoint_if_due()

    def _roll_back(self) -> None:
        self._events.clear()
        try:
            with suppress(StoreError):  # a COMMIT that failed has ended it already
                self._run(self._connection, "ROLLBACK")
        finally:
            self._writer_thread = None

    def record_event(self, *events: TaskEvent) -> None:
        """Record events of the transaction in progress: readers get it after the commit, in the order of the commits."""
        assert self._writer_thread == threading.get_ident(), "an event belongs to a transaction"
        self._events += events

    def execute(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement that writes. Returns the rows of its RETURNING clause."""
        with self._lock:
            rows = self._run(self._connection, sql, values)
            if self._writer_thread is None:
                self._commits.increase()
                self._checkpoint_if_due()
            return rows

    def replace(self, table: str, rows: Sequence[Row]) -> None:
        """Upsert many rows at once, through Arrow; single inserts cost 3 ms each."""
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
        """Checkpoint a write-ahead log that has grown, unless the file is being copied. The caller holds the lock."""
        if backups.wal_size_of(self.path) < CHECKPOINT_BYTES or time.monotonic() < self._no_checkpoint_before:
            return
        if not self._copying.acquire(blocking=False):
            return  # retried after one of the next writes
        try:
            self._run(self._connection, "CHECKPOINT")
        except StoreError as error:  # the transactions are committed: they stay in the log
            log.warning("store: the checkpoint failed: %s", error)
            self._no_checkpoint_before = time.monotonic() + CHECKPOINT_RETRY_S  # a full disk stays full for a while
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

    @contextmanager
    def read_transaction(self) -> Iterator[None]:
        """One state of the store for all reads of the calling thread in the block, whatever is committed meanwhile."""
        if self._writer_thread == threading.get_ident():
            yield
            return
        reader = self._reader()
        self._run(reader, "BEGIN TRANSACTION READ ONLY")
        try:
            yield
        finally:
            with suppress(StoreError):  # the connection is closed: nothing was written
                self._run(reader, "COMMIT")

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
        """Run a statement. Returns its rows. StoreError for errors of the disk or the file."""
        import duckdb

        opening = self._opening
        try:
            return read_rows(connection.execute(sql, list(values)))
        except (
            *(duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.TransactionException),
            *(duckdb.InterruptException, duckdb.ConnectionException),  # the store is being closed, or opened again
        ) as error:
            if isinstance(error, duckdb.FatalException):  # DuckDB refuses every statement until the file is opened again
                self._reopen_file(opening)
            raise StoreError(f"{self.path} cannot be read or written: {first_line(error)}; nothing of this was kept") from error

    def _reopen_file(self, opening: int) -> None:
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
            close_connection(connection)
        self._open_readers.clear()

    # -- copies

    def backup(self, target: Path) -> Path:
        """Copy the committed state to a new file, during reads and writes. StoreError. Returns `target`."""
        return copy_store(self.path, target, copying=self._copying)

    def snapshot(self, folder: Path) -> Path:
        """Copy the committed state into an empty folder beside the store, for queries; see `Snapshots.write`. StoreError."""
        with self._copying:
            return self._snapshots.write(folder)

    def close(self) -> None:
        """Checkpoint and release the file."""
        with self._copying, self._lock, self._connecting:
            self._snapshots.close()
            self._close_all()
