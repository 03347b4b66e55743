"""Sweeping removes what it is told, and nothing outside its folder."""

from pathlib import Path

import pytest

from serve.litter import sweep


def test_files_and_the_folders_they_leave_empty_go(tmp_path: Path) -> None:
    artifacts = tmp_path / "artifacts"
    for name in ("a/b/1", "a/2", "c/3", "c/4"):
        (artifacts / name).parent.mkdir(parents=True, exist_ok=True)
        (artifacts / name).touch()
    assert sweep(["a/b/1", "a/2", "c/3", "gone"], artifacts) == 3
    assert sorted(str(path.relative_to(artifacts)) for path in artifacts.rglob("*")) == ["c", "c/4"]


@pytest.mark.parametrize("name", ["../film.mkv", "/etc/hostname", "a/../../film.mkv", "link/film.mkv", "..", ".", ""])
def test_nothing_outside_the_folder_is_touched(tmp_path: Path, name: str) -> None:
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir()
    (tmp_path / "film.mkv").touch()
    (artifacts / "link").symlink_to(tmp_path)
    assert sweep([name], artifacts) == 0
    assert (tmp_path / "film.mkv").exists()
    assert artifacts.is_dir()


def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir()
    (tmp_path / "film.mkv").touch()
    (artifacts / "link").symlink_to(tmp_path / "film.mkv")
    assert sweep(["link"], artifacts) == 1
    assert (tmp_path / "film.mkv").exists()
