"""The password that is made once, and kept to ourselves."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve.auth.credentials import load_credentials


def test_what_is_set_is_taken_and_nothing_is_stored(tmp_path: Path) -> None:
    given = load_credentials(Settings(data_dir=tmp_path, api_user="me", api_pass="secret"))
    assert (given.user, given.password, given.new) == ("me", "secret", False)
    assert list(tmp_path.iterdir()) == []
    assert "secret" not in repr(given)


def test_a_password_is_made_once_and_readable_by_us_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    first, second = load_credentials(settings), load_credentials(settings)
    assert (first.new, second.new) == (True, False)
    assert first.password == second.password
    assert len(first.password) >= 20
    assert (tmp_path / "data" / "credentials").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["credentials"]


def test_many_at_once_agree_on_one_password_and_one_of_them_made_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: load_credentials(Settings(data_dir=tmp_path)), range(32)))
    assert len({each.password for each in made}) == 1
    assert sum(each.new for each in made) == 1


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    load_credentials(Settings(data_dir=tmp_path))
    (tmp_path / "credentials").chmod(0o644)
    load_credentials(Settings(data_dir=tmp_path))
    assert (tmp_path / "credentials").stat().st_mode & 0o777 == 0o600


def test_a_file_without_a_password_is_told(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("dubarr:\n")
    with pytest.raises(SettingsError, match="remove it"):
        load_credentials(Settings(data_dir=tmp_path))


def test_a_colon_in_the_user_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="API_USER"):
        load_credentials(Settings(data_dir=tmp_path, api_user="a:b"))
