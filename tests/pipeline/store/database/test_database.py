"""The file's owner: reads beside writes, checkpoints that wait for copies, and copies that hold nobody up."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.store.database import backups, database, snapshots
from pipeline.store.database.connection import open_connection
from pipeline.store.database.database import Database

ENDLESS = "SELECT count(*) FROM range(10000000) a, range(1000000) b"
INSERT = "INSERT INTO cache VALUES (?, 'mix', ?, [], now())"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "dubarr.duckdb")
    yield made
    made.close()


def count(path: Path) -> int:
    connection = open_connection(path, 0.0)
    try:
        return int(connection.execute("SELECT count(*) FROM cache").fetchone()[0])
    finally:
        connection.close()


@contextmanager
def a_copy_that_waits(opened: Database, folder: Path) -> Iterator[threading.Thread]:
    """A snapshot whose disk does not answer, until the block is left."""
    folder.mkdir(parents=True)
    log = folder / f"{snapshots.SNAPSHOT_NAME}.wal"
    os.mkfifo(log)  # opening it for writing waits for a reader
    copying = threading.Thread(target=opened.snapshot, args=(folder,), daemon=True)
    copying.start()
    while not opened._copying.locked():
        pass
    yield copying
    log.read_bytes()
    copying.join(10)
    assert not copying.is_alive()


def test_a_read_that_takes_long_holds_up_neither_writes_nor_other_reads(opened: Database) -> None:
    ended: list[StoreError] = []

    def read_long() -> None:
        try:
            opened.rows(ENDLESS)
        except StoreError as error:
            ended.append(error)

    thread = threading.Thread(target=read_long, daemon=True)
    thread.start()
    while len(opened._open_readers) < 2:  # the first is this thread's
        pass
    reading = opened._open_readers[-1]
    for n in range(20):
        opened.execute(INSERT, [str(n), "{}"])
        assert opened.row("SELECT count(*) AS n FROM cache") == {"n": n + 1}
    assert thread.is_alive() and not ended
    while thread.is_alive():
        reading.interrupt()
        thread.join(0.1)
    assert ended, "it had not ended by itself"


def test_closing_ends_a_read_that_takes_long(tmp_path: Path) -> None:
    opened = Database(tmp_path / "dubarr.duckdb")

    def read_long() -> None:
        with pytest.raises(StoreError, match="cannot be read"):
            opened.rows(ENDLESS)

    thread = threading.Thread(target=read_long, daemon=True)
    thread.start()
    while len(opened._open_readers) < 2:
        pass
    opened.close()
    thread.join(10)
    assert not thread.is_alive()
    Database(tmp_path / "dubarr.duckdb").close()


def test_a_copy_that_waits_for_its_disk_holds_up_neither_writes_nor_reads(opened: Database, tmp_path: Path) -> None:
    with a_copy_that_waits(opened, snapshots.queries_folder_of(opened.path) / "one") as copying:
        for n in range(20):
            opened.execute(INSERT, [str(n), "{}"])
            assert opened.row("SELECT count(*) AS n FROM cache") == {"n": n + 1}
        assert copying.is_alive()


def test_no_checkpoint_runs_under_a_copy_and_one_runs_after_it(
    opened: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CHECKPOINT_BYTES", 100_000)
    opened.execute(INSERT, ["first", "{}"])
    before = opened.path.stat()
    with a_copy_that_waits(opened, snapshots.queries_folder_of(opened.path) / "one"):
        for n in range(20):
            opened.execute(INSERT, [str(n), "x" * 10_000])
        assert opened.path.stat() == before or opened.path.stat().st_mtime_ns == before.st_mtime_ns
        assert backups.wal_path_of(opened.path).stat().st_size > 100_000
    opened.execute(INSERT, ["last", "{}"])
    assert opened.path.stat().st_mtime_ns > before.st_mtime_ns
    assert not backups.wal_path_of(opened.path).exists() or backups.wal_path_of(opened.path).stat().st_size < 100_000


def test_a_checkpoint_that_fails_costs_no_write_and_is_not_tried_at_each_of_them(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CHECKPOINT_BYTES", 1)
    run, tried = opened._run, []

    def full(connection: object, sql: str, values: tuple[object, ...] = ()) -> list[database.Row]:
        if sql == "CHECKPOINT":
            tried.append(sql)
            raise StoreError("no space left on device")
        return run(connection, sql, values)

    monkeypatch.setattr(opened, "_run", full)
    for n in range(5):
        opened.execute(INSERT, [str(n), "{}"])
    assert tried == ["CHECKPOINT"]
    assert opened.row("SELECT count(*) AS n FROM cache") == {"n": 5}


def test_a_snapshot_holds_all_that_was_committed_before_it_and_nothing_later(opened: Database, tmp_path: Path) -> None:
    folders = []
    for n in range(3):
        opened.execute(INSERT, [str(n), "{}"])
        folders.append(snapshots.queries_folder_of(opened.path) / str(n))
        folders[-1].mkdir(parents=True)
        opened.snapshot(folders[-1])
    for n, folder in enumerate(folders):
        copy = folder / snapshots.SNAPSHOT_NAME
        assert copy.stat().st_mode & 0o777 == 0o400
        own = tmp_path / f"read-{n}"
        own.mkdir()
        for each in folder.iterdir():
            (own / each.name).write_bytes(each.read_bytes())
        assert count(own / snapshots.SNAPSHOT_NAME) == n + 1


def test_snapshots_share_the_copy_of_a_file_that_has_not_changed(opened: Database, tmp_path: Path) -> None:
    os.utime(opened.path, ns=(0, opened.path.stat().st_mtime_ns - 10**9))  # it has rested
    inodes = set()
    for n in range(3):
        opened.execute(INSERT, [str(n), "{}"])
        folder = snapshots.queries_folder_of(opened.path) / str(n)
        folder.mkdir(parents=True)
        inodes.add(opened.snapshot(folder).stat().st_ino)
    assert len(inodes) == 1
    opened._snapshots.clear()
    assert not (snapshots.queries_folder_of(opened.path) / snapshots.SNAPSHOT_NAME).exists()
    folder = snapshots.queries_folder_of(opened.path) / "later"
    folder.mkdir()
    assert opened.snapshot(folder).stat().st_ino not in inodes


def test_where_the_file_system_knows_no_links_a_snapshot_is_a_copy(opened: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    folder = snapshots.queries_folder_of(opened.path) / "one"
    folder.mkdir(parents=True)
    assert opened.snapshot(folder).stat().st_nlink == 1


def test_opening_removes_what_a_killed_service_left_and_nothing_of_others(tmp_path: Path) -> None:
    path = tmp_path / "dubarr.duckdb"
    theirs = [tmp_path / "queries" / "mine.sql", snapshots.queries_folder_of(path) / "mine.sql"]
    left = [
        snapshots.queries_folder_of(path) / "query-abc" / "answer.arrow",
        snapshots.queries_folder_of(path) / snapshots.SNAPSHOT_NAME,
    ]
    for file in (*theirs, *left):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    Database(path).close()
    assert all(file.exists() for file in theirs) and not any(file.exists() for file in left)


def test_large_inserts_that_write_into_the_file_itself_are_whole_in_every_snapshot(opened: Database, tmp_path: Path) -> None:
    opened.execute("CREATE TABLE large AS SELECT range AS n, repeat('x', 100) AS text FROM range(300000)")
    for n in range(2):
        folder = snapshots.queries_folder_of(opened.path) / str(n)
        folder.mkdir(parents=True)
        copy = opened.snapshot(folder)
        own = tmp_path / f"own-{n}.duckdb"
        own.write_bytes(copy.read_bytes())
        backups.wal_path_of(own).write_bytes(backups.wal_path_of(copy).read_bytes())
        connection = open_connection(own, 0.0)
        assert connection.execute("SELECT count(*), sum(len(text)) FROM large").fetchone() == (
            300_000 * (n + 1),
            30_000_000 * (n + 1),
        )
        connection.close()
        opened.execute("INSERT INTO large SELECT range, repeat('y', 100) FROM range(300000)")


def test_a_transaction_sees_its_own_writes_and_nobody_else_does_before_it_commits(opened: Database) -> None:
    seen: list[object] = []

    def look() -> None:
        seen.append(opened.row("SELECT count(*) AS n FROM cache"))

    with opened.transaction():
        opened.execute(INSERT, ["a", "{}"])
        assert opened.row("SELECT count(*) AS n FROM cache") == {"n": 1}
        other = threading.Thread(target=look)
        other.start()
        other.join(10)
    look()
    assert seen == [{"n": 0}, {"n": 1}]


def test_the_service_leaves_memory_to_the_engines(opened: Database) -> None:
    rows = opened.rows("SELECT name, value FROM duckdb_settings() WHERE name IN ('memory_limit', 'max_temp_directory_size')")
    assert {row["name"]: row["value"] for row in rows} == {"memory_limit": "953.6 MiB", "max_temp_directory_size": "1.8 GiB"}


def test_a_full_disk_is_told_and_the_store_goes_on(opened: Database, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="a copy of the store cannot be written: .*; give another folder, or make room"):
        opened.snapshot(tmp_path / "nowhere" / "one")
    opened.execute(INSERT, ["a", "{}"])
    assert opened.row("SELECT count(*) AS n FROM cache") == {"n": 1}


def test_a_file_that_broke_is_opened_anew_for_every_thread(opened: Database) -> None:
    opened.execute(INSERT, ["a", "{}"])
    assert opened.row("SELECT count(*) AS n FROM cache") == {"n": 1}
    opened._reopen_file(opened._opening)
    assert opened.row("SELECT count(*) AS n FROM cache") == {"n": 1}
    opened.execute(INSERT, ["b", "{}"])
    assert opened.row("SELECT count(*) AS n FROM cache") == {"n": 2}
    before = opened._opening
    opened._reopen_file(before - 1)  # another thread was first
    assert opened._opening == before
