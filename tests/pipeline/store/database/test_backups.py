"""Copies of the store: made while it works, put back in its place; and what is said of a file that is damaged."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import wish
from sql import ask

from pipeline.errors import StoreError
from pipeline.store.database import backups
from pipeline.store.database.database import Database
from pipeline.store.database.write_ahead_log import COMMIT_TAIL
from pipeline.store.store import Store

ROOT = Path(__file__).parents[4]
KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}, {support!r}]
from fakes import wish
from pathlib import Path
from pipeline.store.store import Store
store = Store(Path({path!r}))
for n in range(20):
    store.tasks.submit(wish(Path(f"/films/{{n}}.mkv")))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dubarr.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path)
    yield opened
    opened.close()


@pytest.fixture
def killed(path: Path) -> Path:
    """A store of twenty tasks whose owner was killed: they stand in the log only."""
    script = KILLED.format(root=str(ROOT), support=str(ROOT / "tests" / "support"), path=str(path))
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -signal.SIGKILL and backups.wal_path_of(path).stat().st_size
    return path


def offer(store: Store, n: int) -> int:
    return store.tasks.submit(wish(Path(f"/films/{n}.mkv"))).task.id


def test_a_backup_made_under_load_holds_every_task_that_was_acknowledged_before(store: Store, tmp_path: Path) -> None:
    acknowledged: list[int] = []
    over = threading.Event()

    def offering() -> None:
        while not over.is_set():
            acknowledged.append(offer(store, len(acknowledged)))

    def reading() -> None:
        while not over.is_set():
            store.tasks.list_newest(limit=100_000)

    def querying() -> None:
        while not over.is_set():
            ask(store, "SELECT count(*) FROM tasks, range(100000)")

    threads = [threading.Thread(target=work) for work in (offering, reading, querying)]
    for thread in threads:
        thread.start()
    copies = []
    try:
        while len(acknowledged) < 50:
            over.wait(0.01)
        for _ in range(3):
            before = tuple(acknowledged)
            copies.append((store.backup(tmp_path / "elsewhere"), before))
    finally:
        over.set()
        for thread in threads:
            thread.join()
    for copy, before in copies:
        restored = Store(copy)
        assert {task.id for task in restored.tasks.list_newest(limit=100_000)[0]} >= set(before)
        assert offer(restored, 999_999) > max(before), "a restored store goes on counting"
        restored.close()


def test_a_backup_is_for_its_owner_alone_and_leaves_no_half_file(store: Store, path: Path) -> None:
    made = store.backup()
    assert made.parent == backups.backup_folder_of(path) and made.stat().st_mode & 0o077 == 0
    assert [file.name for file in made.parent.iterdir()] == [made.name]


def test_a_backup_that_has_no_place_is_told_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written: .*; give another folder"):
        store.backup(tmp_path / "file")
    assert offer(store, 1)


def test_a_backup_takes_the_place_of_what_is_there_which_moves_aside(path: Path) -> None:
    store = Store(path)
    kept = offer(store, 1)
    copy = store.backup()
    later = offer(store, 2)
    store.close()
    aside = backups.restore_backup(copy, path)
    assert aside is not None
    now, then = Store(path), Store(aside)
    assert [task.id for task in now.tasks.list_newest()[0]] == [kept]
    assert [task.id for task in then.tasks.list_newest()[0]] == [later, kept]
    now.close()
    then.close()


def test_a_day_has_one_backup_and_the_oldest_go_but_not_those_made_by_hand(store: Store, path: Path) -> None:
    by_hand = store.backup()
    for day in range(backups.MAX_DAILY_BACKUPS + 3):
        made = store.daily_backup()
        assert made is not None
        old = made.with_name(f"dubarr-200001{day + 1:02d}-000000-daily.duckdb")
        made.replace(old)
        os.utime(old, (0, 0))
    assert store.daily_backup() is not None and store.daily_backup() is None
    assert by_hand.exists()
    assert len(list(backups.backup_folder_of(path).glob("*-daily.duckdb"))) == backups.MAX_DAILY_BACKUPS


def test_a_file_is_kept_as_it_was_before_it_goes_to_another_schema(path: Path) -> None:
    store = Store(path)
    offer(store, 1)
    store.close()
    database = Database(path)
    database.execute("ALTER TABLE tasks DROP COLUMN priority; ALTER TABLE tasks DROP COLUMN glossary")
    database.execute("UPDATE schema_version SET version = 3")
    database.close()
    migrated = Store(path)
    assert migrated.lines.get_glossary(migrated.tasks.list_newest()[0][0].id) == ""
    migrated.close()
    (kept,) = backups.backup_folder_of(path).glob("*-before-schema-*.duckdb")
    import duckdb

    with duckdb.connect(str(kept)) as old:
        assert old.execute("SELECT version, count(*) FROM schema_version, tasks GROUP BY 1").fetchone() == (3, 1)


def test_what_was_committed_before_a_kill_is_there_after_it(killed: Path) -> None:
    store = Store(killed)
    assert store.tasks.count_by_status()["QUEUED"] == 20
    store.close()


def flip_byte(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :]


def damage_middle(content: bytes) -> bytes:
    return flip_byte(content, len(content) // 2)


def damage_content_of_record(content: bytes) -> bytes:
    return flip_byte(content, _middle_record(content) + 20)


def damage_length_of_record(content: bytes) -> bytes:
    return flip_byte(content, _middle_record(content) + 2)


def damage_length_of_last_record(content: bytes) -> bytes:
    return flip_byte(content, len(content) - len(COMMIT_RECORD) + 1)


def damage_header(content: bytes) -> bytes:
    return b"\0" * 16 + content[16:]


def damage_format_in_header(content: bytes) -> bytes:
    return flip_byte(content, 5)


COMMIT_RECORD = (5).to_bytes(8, "little") + COMMIT_TAIL


def _middle_record(content: bytes) -> int:
    """Offset of the record after a commit in the middle of a log."""
    return content.index(COMMIT_RECORD, len(content) // 2) + len(COMMIT_RECORD)


@pytest.mark.parametrize(
    "damage",
    [
        damage_middle,
        damage_content_of_record,
        damage_length_of_record,
        damage_length_of_last_record,
        damage_header,
        damage_format_in_header,
    ],
    ids=lambda damage: damage.__name__,
)
def test_a_damaged_log_is_told_with_the_way_out_and_is_never_taken_for_an_empty_one(killed: Path, damage) -> None:
    log = backups.wal_path_of(killed)
    log.write_bytes(damage(log.read_bytes()))
    with pytest.raises(StoreError, match=r"cannot be opened: .*; there is no backup; ./dubarr restore --without-log"):
        Store(killed)
    backups.backup_folder_of(killed).mkdir()
    backup = backups.name_manual_backup(backups.backup_folder_of(killed))
    backup.touch()
    with pytest.raises(StoreError, match=f"./dubarr restore {backup}"):
        Store(killed)
    assert log.exists(), "nothing is thrown away"


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.3, 0.501, 0.777, 0.999])
def test_a_log_that_a_power_failure_cut_off_opens_with_the_transactions_that_are_complete(killed: Path, kept: float) -> None:
    log = backups.wal_path_of(killed)
    content = log.read_bytes()[: int(kept * log.stat().st_size)]
    log.write_bytes(content)
    store = Store(killed)
    assert store.tasks.count_by_status()["QUEUED"] <= content.count(COMMIT_RECORD)
    assert offer(store, 99)
    store.close()


@pytest.mark.parametrize("content", [b"", b"hello" * 10_000], ids=["empty", "text"])
def test_a_file_that_is_no_store_is_told_at_once(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(path)


def test_the_newest_backup_is_found(path: Path) -> None:
    assert backups.find_newest_backup(path) is None
    store = Store(path)
    first = store.backup()
    first.replace(first.with_name("dubarr-20000101-000000.duckdb"))
    second = store.backup()
    store.close()
    assert backups.find_newest_backup(path) == second


def test_a_link_that_lies_where_a_backup_grows_is_not_followed(store: Store, path: Path, tmp_path: Path) -> None:
    victim, target = tmp_path / "victim", tmp_path / "shared" / "copy.duckdb"
    victim.write_text("precious")
    victim.chmod(0o644)
    target.parent.mkdir()
    target.with_name(".copy.duckdb.part").symlink_to(victim)
    backups.copy_closed_file(path, target)
    assert (victim.read_text(), victim.stat().st_mode & 0o777) == ("precious", 0o644)
    assert target.is_file() and not target.is_symlink()
