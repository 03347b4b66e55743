"""The modes of the service's folders and files, as they are made, tightened and told."""

import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.settings import Settings
from serve.runtime.data_folders import compute_file_mode, find_open_paths, make_private_folder, prepare_folders


@pytest.fixture(autouse=True)
def open_umask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that other users reach: pytest's own are closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder).resolve()


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(data_dir=home / "data", videos_dir=home / "videos", logs_dir=home / "logs")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def write(path: Path, left: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    path.chmod(left)
    return path


def test_a_new_service_has_folders_of_its_own(settings, home):
    prepare_folders(settings, home)
    assert {mode(folder) for folder in (settings.data_dir, settings.videos_dir, settings.logs_dir, settings.artifacts)} == {0o700}
    assert find_open_paths(settings, home) == ()


def test_what_an_older_release_left_open_is_tightened(settings, home):
    made = [
        write(settings.database),
        write(settings.data_dir / "dubarr.duckdb.wal"),
        write(settings.data_dir / "backups" / "dubarr-20261101-000000-daily.duckdb"),
        write(settings.data_dir / "credentials"),
        write(settings.data_dir / "service.json"),
        write(settings.processing_log),
        write(settings.logs_dir / "setup.log"),
    ]
    folders = [settings.data_dir, settings.data_dir / "backups", settings.logs_dir, settings.videos_dir]
    settings.videos_dir.mkdir()
    film = write(settings.videos_dir / "film.mkv")
    assert len(find_open_paths(settings, home)) > 4
    prepare_folders(settings, home)
    assert {mode(path) for path in made} == {0o600}
    assert {mode(path) for path in folders} == {0o700}
    assert mode(film) == 0o644, "a film stays as readable as it came: a dub beside it takes after it"
    assert find_open_paths(settings, home) == ()


def test_a_folder_of_videos_that_somebody_chose_stays_open_and_is_told(settings, home):
    chosen = replace(settings, videos_dir=home / "shared")
    chosen.videos_dir.mkdir(mode=0o755)
    prepare_folders(chosen, home)
    assert mode(chosen.videos_dir) == 0o755
    (told,) = find_open_paths(chosen, home)
    assert told.startswith(f"{chosen.videos_dir} has mode 0755: other users can enter it; chmod 700 it")


def test_a_folder_that_holds_other_things_too_stays_open_and_its_secrets_do_not(settings, home):
    shared = home / "srv"
    write(shared / "films" / "film.mkv")
    write(shared / "dubarr.duckdb")
    elsewhere = replace(settings, data_dir=shared)
    prepare_folders(elsewhere, home)
    assert (mode(shared), mode(shared / "films"), mode(shared / "films" / "film.mkv")) == (0o755, 0o755, 0o644)
    assert (mode(shared / "dubarr.duckdb"), mode(shared / "artifacts")) == (0o600, 0o700)
    assert [told.split(" has")[0] for told in find_open_paths(elsewhere, home)] == [str(shared)]


def test_a_chosen_folder_that_holds_ours_alone_is_tightened(settings, home):
    elsewhere = replace(settings, data_dir=home / "var", database_file=home / "disk" / "store.duckdb")
    write(elsewhere.data_dir / "credentials")
    write(elsewhere.database)
    prepare_folders(elsewhere, home)
    assert {mode(path) for path in (elsewhere.data_dir, elsewhere.database.parent)} == {0o700}
    assert mode(elsewhere.database) == 0o600


def test_a_link_is_never_followed(settings, home):
    victim = write(home / "victim")
    settings.data_dir.mkdir()
    (settings.data_dir / "credentials").symlink_to(victim)
    (home / "elsewhere").mkdir()
    settings.logs_dir.symlink_to(home / "elsewhere")
    write(home / "elsewhere" / "theirs")
    prepare_folders(settings, home)
    assert (mode(victim), mode(home / "elsewhere")) == (0o644, 0o755)


def test_the_shared_temporary_folder_is_left_alone(settings, home):
    shared = home / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    prepare_folders(replace(settings, logs_dir=shared), home)
    assert mode(shared) == 0o1777


@pytest.mark.skipif(os.getuid() != 0, reason="only root makes files of other users")
def test_what_belongs_to_another_user_is_told_and_not_touched(settings, home):
    settings.data_dir.mkdir(mode=0o755)
    os.chown(settings.data_dir, 65534, 65534)
    prepare_folders(settings, home)
    assert mode(settings.data_dir) == 0o755
    assert any("belongs to another user (number 65534)" in told for told in find_open_paths(settings, home))


def test_a_folder_above_in_which_everybody_may_rename_is_told(settings, home):
    prepare_folders(settings, home)
    home.chmod(0o777)
    assert any(f"lies in {home}, where other users can put another folder" in told for told in find_open_paths(settings, home))


def test_a_readable_file_of_secrets_is_told(settings, home):
    prepare_folders(settings, home)
    write(home / ".env").write_text("PORT=8001\n")
    assert find_open_paths(settings, home) == (), "it holds none"
    (home / ".env").write_text("API_PASS=correct horse\n")
    assert find_open_paths(settings, home) == (f"{home / '.env'} has mode 0644: other users can read it; chmod 600 it",)


def test_what_lies_in_a_closed_folder_is_not_told(settings, home):
    write(settings.data_dir / "credentials")
    home.chmod(0o700)
    assert find_open_paths(settings, home) == ()


def test_rays_token_is_tightened(settings, home, tmp_path):
    token = write(tmp_path / "nobody" / ".ray" / "auth_token")
    prepare_folders(settings, home)
    assert mode(token) == 0o600


@pytest.mark.parametrize(("folder", "file"), [(0o700, 0o600), (0o755, 0o644), (0o2750, 0o640), (0o777, 0o644)])
def test_a_new_file_is_as_readable_as_its_folder(tmp_path, folder, file):
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos").chmod(folder)
    assert compute_file_mode(tmp_path / "videos") == file


def test_a_folder_that_is_there_is_not_changed_by_making_it(tmp_path):
    (tmp_path / "there").mkdir(mode=0o755)
    make_private_folder(tmp_path / "there")
    assert mode(tmp_path / "there") == 0o755
