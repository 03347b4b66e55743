"""Folders in the shared temporary folder that no other user can enter."""

import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import DubarrError, SettingsError
from serve.runtime import private_folders
from serve.runtime.private_folders import (
    find_open_ray_folder,
    find_ray_tmpdir,
    make_temporary_folder,
    make_user_folder,
    prune_sessions,
    require_private_ssh_sockets,
    restrict_umask,
)


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder in the place of the machine's temporary one."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_under_the_restricted_umask_nobody_else_reads_a_new_file(open_umask, tmp_path):
    assert restrict_umask() == 0o022
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    assert (mode(tmp_path / "file"), mode(tmp_path / "folder")) == (0o600, 0o700)


def test_a_folder_is_made_for_us_alone_and_found_again(temporary, open_umask):
    folder = make_temporary_folder("ours")
    assert (folder, mode(folder)) == (temporary / "ours", 0o700)
    assert make_temporary_folder("ours") == folder
    assert make_user_folder() == temporary / f"dubarr-{os.getuid()}"


@pytest.mark.parametrize("left", [0o755, 0o777, 0o1777, 0o710])
def test_a_folder_that_others_can_enter_is_not_trusted(temporary, left):
    (temporary / "ours").mkdir()
    (temporary / "ours").chmod(left)
    with pytest.raises(DubarrError, match="another user's or open to others; remove it"):
        make_temporary_folder("ours")


def test_a_link_is_not_trusted_though_it_leads_to_a_folder_of_ours(temporary):
    (temporary / "elsewhere").mkdir(mode=0o700)
    (temporary / "ours").symlink_to(temporary / "elsewhere")
    with pytest.raises(DubarrError):
        make_temporary_folder("ours")


@pytest.mark.skipif(os.getuid() != 0, reason="only root makes folders of other users")
def test_another_users_folder_is_not_trusted(temporary):
    (temporary / "ours").mkdir(mode=0o700)
    os.chown(temporary / "ours", 65534, 65534)
    with pytest.raises(DubarrError):
        make_temporary_folder("ours")


def test_rays_folder_lies_in_ours_unless_somebody_names_a_private_one(monkeypatch, tmp_path):
    monkeypatch.delenv("RAY_TMPDIR", raising=False)
    assert find_ray_tmpdir(tmp_path) == tmp_path
    own, shared = tmp_path / "own", tmp_path / "shared"
    own.mkdir(mode=0o700)
    shared.mkdir()
    shared.chmod(0o777)
    monkeypatch.setenv("RAY_TMPDIR", str(own))
    assert (find_ray_tmpdir(tmp_path), find_open_ray_folder()) == (own, ())
    monkeypatch.setenv("RAY_TMPDIR", str(shared))
    with pytest.raises(SettingsError, match="RAY_TMPDIR=.*shared.* other users can enter it"):
        find_ray_tmpdir(tmp_path)
    assert "chmod 700 it" in find_open_ray_folder()[0]


def test_the_longest_socket_of_ray_fits_below_the_longest_folder():
    session = "session_2026-11-28_11-02-01_123456_4194304"
    folder = "x" * private_folders.MAX_FOLDER_LENGTH
    assert len(f"{folder}/{private_folders.RAY_FOLDER_NAME}/{session}/sockets/plasma_store.1") <= 107


@pytest.fixture
def ssh_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LOGNAME", f"user-of-test-{os.getpid()}")  # what Ray and we name it by
    yield private_folders.find_ray_ssh_folder()
    private_folders.find_ray_ssh_folder().rmdir()


def test_the_ssh_folder_that_is_looked_at_is_the_one_that_ray_uses(ssh_folder):
    from ray.autoscaler._private import command_runner

    runner = command_runner.SSHCommandRunner("", "node", None, {"ssh_user": "somebody"}, "cluster", None, False)
    assert Path(runner.ssh_control_path).parent == ssh_folder
    require_private_ssh_sockets()
    assert mode(ssh_folder) == 0o700


def test_an_ssh_folder_that_others_can_write_to_is_refused(ssh_folder):
    ssh_folder.mkdir()
    ssh_folder.chmod(0o777)
    with pytest.raises(DubarrError, match="others can write to it"):
        require_private_ssh_sockets()


class TestSessions:
    @pytest.fixture
    def folder(self, temporary) -> Path:
        for day in range(1, 8):
            (temporary / f"session_2026-11-0{day}_10-00-00_000000_1" / "sockets").mkdir(parents=True)
        (temporary / "session_latest").symlink_to(temporary / "session_2026-11-07_10-00-00_000000_1")
        return temporary

    def days(self, folder: Path) -> list[int]:
        return sorted(int(path.name[16:18]) for path in folder.glob("session_2026*"))

    def test_all_but_the_newest_go(self, folder):
        assert prune_sessions(folder, kept=2, age_s=-1) == 5
        assert self.days(folder) == [6, 7]
        assert (folder / "session_latest").exists()

    def test_one_in_which_ray_answers_stays(self, folder):
        with socket.socket(socket.AF_UNIX) as raylet:
            raylet.bind(str(folder / "session_2026-11-02_10-00-00_000000_1" / "sockets" / "raylet"))
            raylet.listen()
            prune_sessions(folder, kept=1, age_s=-1)
        assert self.days(folder) == [2, 7]

    def test_one_that_may_still_be_starting_stays(self, folder):
        assert prune_sessions(folder, kept=1) == 0

    def test_a_link_among_them_is_not_followed(self, folder, tmp_path):
        (tmp_path / "precious").touch()
        (folder / "session_2026-11-01_10-00-00_000000_0").symlink_to(tmp_path)
        prune_sessions(folder, kept=1, age_s=-1)
        assert (tmp_path / "precious").exists()

    def test_no_folder_holds_no_sessions(self, tmp_path):
        assert prune_sessions(tmp_path / "none") == 0


def test_nothing_is_left_in_the_temporary_folder_that_we_did_not_ask_for(temporary):
    make_user_folder()
    assert [path.name for path in temporary.iterdir()] == [f"dubarr-{os.getuid()}"]
    shutil.rmtree(make_user_folder())
