"""`./dubarr keys`, where no service runs and where one does."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.service.keys import keys
from pipeline.errors import NotFound, NotPossible
from pipeline.store.store import Store
from pipeline.values.access.api_key import digest_secret


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DUBARR_HOME", str(tmp_path))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "dubarr.duckdb"


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(keys, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_key_is_made_listed_and_revoked_over_the_data_folder(database: Path) -> None:
    Store(database).close()
    secret = run("add", "sonarr", "--scope", "webhook").stdout.strip()
    assert secret.startswith("dubarr_") and " " not in secret and "\n" not in secret
    store = Store(database)
    assert [(key.name, key.digest) for key in store.keys.list_keys()] == [("sonarr", digest_secret(secret))]
    store.close()
    listed = run("list").stdout
    assert "sonarr" in listed and "webhook" in listed and "never" in listed
    assert secret not in listed
    run("revoke", "sonarr")
    assert "sonarr" not in run("list").stdout
    with pytest.raises(NotFound):
        run("revoke", "sonarr")


def test_without_a_store_it_says_the_way_out(database: Path) -> None:
    with pytest.raises(NotPossible, match="dubarr serve"):
        run("add", "sonarr", "--scope", "webhook")


def test_a_scope_that_there_is_not_is_wrong_usage(database: Path) -> None:
    result = run("add", "sonarr", "--scope", "root")
    assert result.exit_code == 2
    assert "webhook" in result.output and "admin" in result.output
