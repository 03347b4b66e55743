"""One connection to the DuckDB file: opened once, locked down, its errors worded."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.errors import QueryError, StoreError
from pipeline.store import backups
from pipeline.store.schema import MIGRATIONS, SCHEMA, VERSION

log = logging.getLogger(__name__)

Row = dict[str, Any]
LOCKED = "Could not set lock"  # how DuckDB words that another process has the file
WAL_BEGINS = b"\x64\x00"  # a write-ahead log that begins otherwise is taken for an empty one, without a word
REOPENING = 5.0  # s
QUERY_LIMIT = 30.0  # seconds a foreign query may run


def now() -> datetime:
    """The time as the store writes it: UTC without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def _connected(path: Path, patience: float) -> Any:
    """A connection to the file, made where there is none. StoreError where it is damaged, or another process keeps it."""
    import duckdb  # imported late: pipeline must import fast

    _require_whole_log(path)
    deadline = time.monotonic() + patience
    while True:
        try:
            return duckdb.connect(str(path), config={"autoinstall_known_extensions": "false"})
        except duckdb.Error as error:
            if LOCKED not in str(error):
                raise _damaged(path, _first(error)) from error
            if time.monotonic() > deadline:
                raise StoreError(f"{path} cannot be opened: {_first(error)}; one process may hold it at a time") from error
            time.sleep(0.2)


def _require_whole_log(path: Path) -> None:
    log_file = backups.log_of(path)
    if log_file.is_file() and log_file.stat().st_size and _beginning(log_file) != WAL_BEGINS:
        raise _damaged(path, f"{log_file.name} does not begin as a write-ahead log does")


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(WAL_BEGINS))


def _damaged(path: Path, why: str) -> StoreError:
    newest = backups.newest(path)
    way_out = f"./dubarr restore {newest}" if newest else "there is no backup; ./dubarr restore --without-log saves what is older"
    return StoreError(f"{path} cannot be opened: {why}; {way_out}")


def _first(error: Exception) -> str:
    return str(error).splitlines()[0]


class Database:
    """The file's one owner. Statements run one at a time; each write is a transaction, durable when it returns."""

    def __init__(self, path: Path, *, patience: float = 20.0) -> None:
        """Open or create the file. Another process may still hold it after a restart: retried for `patience` seconds."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()
        self._opened = (now(), time.monotonic())
        self._connection = _connected(path, patience)
        self._check_version()
        self._lock_down()

    def _lock_down(self) -> None:
        """Nobody's SQL reads files, loads extensions or undoes this."""
        for statement in ("SET enable_external_access = false", "SET lock_configuration = true"):
            self._connection.execute(statement)

    def _check_version(self) -> None:
        known = self.row("SELECT table_name FROM duckdb_tables() WHERE table_name = 'schema_version'")
        row = self.row("SELECT max(version) AS version FROM schema_version") if known else None
        found = row["version"] if row else None
        if found is None:
            self.execute(SCHEMA)
            self.execute("INSERT INTO schema_version VALUES (?)", [VERSION])
        elif found < VERSION:
            self._migrate(found)
        elif found > VERSION:
            raise StoreError(
                f"{self.path} has schema {found}, this Dubarr speaks {VERSION}; use its version, or ./dubarr restore an older backup"
            )

    def _migrate(self, found: int) -> None:
        """Take an older file forward, step by step, all or nothing; as it was it stays as a backup."""
        copy = self.backup(backups.before_schema(self.path, VERSION))
        log.info("store: %s is kept as %s", self.path, copy)
        with self.transaction():
            self.execute(SCHEMA)  # new tables; the steps are changes of old ones
            for version in range(found + 1, VERSION + 1):
                log.info("store: %s goes from schema %d to %d", self.path, version - 1, version)
                self.execute(MIGRATIONS[version])
                self.execute("UPDATE schema_version SET version = ?", [version])

    def steady(self) -> datetime:
        """The time by a clock that nobody sets: what leases are counted by. It begins anew with every opening."""
        at, ticks = self._opened
        return at + timedelta(seconds=time.monotonic() - ticks)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Nests: the outermost block commits."""
        with self._lock:
            outermost = not getattr(self, "_in_transaction", False)
            if not outermost:
                yield
                return
            self._in_transaction = True
            self.execute("BEGIN")
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                with suppress(StoreError):  # a COMMIT that failed has ended it already
                    self.execute("ROLLBACK")
                raise
            finally:
                self._in_transaction = False

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        """Run a statement, drop its answer."""
        with self._lock:
            self._answer(sql, values)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a statement's answer, by column name."""
        with self._lock:
            cursor = self._answer(sql, values)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """The first row, or None."""
        return next(iter(self.rows(sql, values)), None)

    def replace(self, table: str, rows: Sequence[Row]) -> None:
        """Upsert many rows at once, through Arrow: a row at a time costs 3 ms each."""
        if not rows:
            return
        import pyarrow

        columns = ", ".join(f'"{name}"' for name in rows[0])
        with self._lock:
            self._connection.register("incoming", pyarrow.Table.from_pylist(list(rows)))
            try:
                self._answer(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM incoming")  # noqa: S608 -- our names
            finally:
                self._connection.unregister("incoming")

    def _answer(self, sql: str, values: Sequence[object] = ()) -> Any:
        """A statement of ours, run. StoreError where the disk or the file does not let it."""
        import duckdb

        try:
            return self._connection.execute(sql, list(values))
        except (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.TransactionException) as error:
            if isinstance(error, duckdb.FatalException):  # DuckDB answers nothing any more until the file is opened anew
                self._connection.close()
                self._connection = _connected(self.path, REOPENING)
                self._lock_down()
            raise StoreError(f"{self.path} cannot be read or written: {_first(error)}; nothing of this was kept") from error

    def backup(self, target: Path) -> Path:
        """Copy all that is committed to a new file, while others go on asking. StoreError. Returns `target`."""
        with self._lock:
            self._checkpoint()
            return backups.copied(self.path, target)

    def _checkpoint(self) -> None:
        """Bring everything into the file itself. A stranger's query that is read meanwhile holds it up."""
        deadline = time.monotonic() + QUERY_LIMIT
        while True:
            try:
                self.execute("CHECKPOINT")
                return
            except StoreError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def query(self, sql: str, *, limit: int) -> bytes:
        """Run a stranger's SELECT and return an Arrow IPC stream of at most `limit` rows.

        It runs in a read-only transaction without file access. QueryError words what is wrong with it.
        """
        import duckdb
        import pyarrow

        cursor = self._connection.cursor()
        alarm = threading.Timer(QUERY_LIMIT, cursor.interrupt)
        alarm.start()
        try:
            statements = cursor.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise QueryError("query: give one SELECT statement; nothing else is allowed here")
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            bounded = f"SELECT * FROM ({statements[0].query.rstrip().rstrip(';')}\n) LIMIT {int(limit)}"  # noqa: S608 -- in a sandbox
            table = cursor.sql(bounded).to_arrow_table()
            cursor.execute("ROLLBACK")
        except duckdb.Error as error:
            raise QueryError(f"query: {str(error).splitlines()[0]}") from error
        finally:
            alarm.cancel()
            cursor.close()
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return bytes(sink.getvalue())

    def close(self) -> None:
        """Checkpoint and release the file."""
        with self._lock:
            self._connection.close()
