"""One connection to the DuckDB file: opened once, locked down, its errors worded."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.errors import QueryError, StoreError
from pipeline.store.schema import MIGRATIONS, SCHEMA, VERSION

log = logging.getLogger(__name__)

Row = dict[str, Any]
QUERY_LIMIT = 30.0  # seconds a foreign query may run


def now() -> datetime:
    """The time as the store writes it: UTC without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


class Database:
    """The file's one owner. Statements run one at a time; each write is a transaction, durable when it returns."""

    def __init__(self, path: Path, *, patience: float = 20.0) -> None:
        """Open or create the file. Another process may still hold it after a restart: retried for `patience` seconds."""
        import duckdb  # imported late: pipeline must import fast

        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()
        deadline = time.monotonic() + patience
        while True:
            try:
                self._connection = duckdb.connect(str(path), config={"autoinstall_known_extensions": "false"})
                break
            except duckdb.IOException as error:
                if time.monotonic() > deadline:
                    raise StoreError(f"{path} cannot be opened: {error}; one process may hold it at a time") from error
                time.sleep(0.2)
        self._connection.execute(SCHEMA)
        self._check_version()
        # Nobody's SQL reads files, loads extensions or undoes this.
        for statement in ("SET enable_external_access = false", "SET lock_configuration = true"):
            self._connection.execute(statement)

    def _check_version(self) -> None:
        found = self.row("SELECT max(version) AS version FROM schema_version")
        if found is None or found["version"] is None:
            self.execute("INSERT INTO schema_version VALUES (?)", [VERSION])
        elif found["version"] < VERSION:
            self._migrate(found["version"])
        elif found["version"] > VERSION:
            raise StoreError(
                f"{self.path} has schema {found['version']}, this Dubarr speaks {VERSION}; move the file away or use its version"
            )

    def _migrate(self, found: int) -> None:
        """Take an older file forward, step by step, all or nothing."""
        with self.transaction():
            for version in range(found + 1, VERSION + 1):
                log.info("store: %s goes from schema %d to %d", self.path, version - 1, version)
                self.execute(MIGRATIONS[version])
                self.execute("UPDATE schema_version SET version = ?", [version])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Nests: the outermost block commits."""
        with self._lock:
            outermost = not getattr(self, "_in_transaction", False)
            if not outermost:
                yield
                return
            self._in_transaction = True
            self._connection.execute("BEGIN")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            finally:
                self._in_transaction = False

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        """Run a statement, drop its answer."""
        with self._lock:
            self._connection.execute(sql, list(values))

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a statement's answer, by column name."""
        with self._lock:
            cursor = self._connection.execute(sql, list(values))
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
                self._connection.execute(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM incoming")  # noqa: S608 -- our names
            finally:
                self._connection.unregister("incoming")

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
