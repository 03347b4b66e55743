"""`./dubarr backup` and `./dubarr restore` where no service runs."""

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from fakes import wish

from cli.service.backup import backup, restore
from pipeline.errors import NotPossible, StoreError
from pipeline.store.database import backups
from pipeline.store.store import Store


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DUBARR_HOME", str(tmp_path))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "dubarr.duckdb"


def offer(database: Path, name: str) -> None:
    store = Store(database)
    store.tasks.submit(wish(Path(f"/films/{name}.mkv")))
    store.close()


def names(database: Path) -> set[str]:
    store = Store(database)
    try:
        return {task.path.stem for task in store.tasks.list_newest()[0]}
    finally:
        store.close()


def done(command, *arguments: str) -> str:
    result = CliRunner().invoke(command, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_what_a_backup_holds_a_restore_brings_back_and_nothing_is_thrown_away(database: Path) -> None:
    offer(database, "before")
    made = done(backup)
    offer(database, "after")
    assert done(restore, "--yes").splitlines()[-1].startswith("1 tasks: 1 QUEUED")
    assert names(database) == {"before"} and backups.find_newest_backup(database) == Path(made)
    (aside,) = database.parent.glob("dubarr-replaced-*.duckdb")
    assert names(aside) == {"before", "after"}


def test_a_backup_goes_where_one_wants_it_and_is_restored_from_there(database: Path, tmp_path: Path) -> None:
    offer(database, "before")
    made = Path(done(backup, "--to", str(tmp_path / "usb")))
    assert made.parent == tmp_path / "usb"
    database.unlink()
    done(restore, str(made), "--yes")
    assert names(database) == {"before"}


def test_a_file_that_is_no_backup_is_refused_and_the_store_stays(database: Path, tmp_path: Path) -> None:
    offer(database, "before")
    (tmp_path / "film.mkv").write_bytes(b"no store" * 2000)
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    for name in ("film.mkv", "other.duckdb"):
        refused = CliRunner().invoke(restore, [str(tmp_path / name), "--yes"])
        assert isinstance(refused.exception, StoreError) and "is no copy of a store" in str(refused.exception)
    with pytest.raises(StoreError):
        backups.restore_backup(tmp_path / "gone.duckdb", database)
    assert names(database) == {"before"} and not list(database.parent.glob("*-replaced-*"))


def test_a_restore_asks_first(database: Path) -> None:
    offer(database, "before")
    done(backup)
    offer(database, "after")
    assert CliRunner().invoke(restore, input="n\n").exit_code == 1
    assert names(database) == {"before", "after"}


def test_a_store_without_a_backup_and_a_backup_without_a_store_are_told(database: Path) -> None:
    with pytest.raises(NotPossible, match="no store"):
        done(backup)
    with pytest.raises(NotPossible, match="no backup"):
        done(restore, "--yes")


def test_without_its_damaged_log_a_store_keeps_what_is_older(database: Path) -> None:
    offer(database, "before")
    backups.wal_path_of(database).write_bytes(b"\0" * 100)
    done(restore, "--without-log", "--yes")
    assert names(database) == {"before"}
