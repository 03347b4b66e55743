"""Sweeping removes what it is told, and nothing outside its folder."""

import os
import time
from pathlib import Path

import pytest

from serve.worker.artifact_gc import collect_garbage, collect_task_garbage, remove_files


def test_files_and_the_folders_they_leave_empty_go(tmp_path: Path) -> None:
    artifacts = tmp_path / "artifacts"
    for name in ("a/b/1", "a/2", "c/3", "c/4"):
        (artifacts / name).parent.mkdir(parents=True, exist_ok=True)
        (artifacts / name).touch()
    assert remove_files(["a/b/1", "a/2", "c/3", "gone"], artifacts) == 3
    assert sorted(str(path.relative_to(artifacts)) for path in artifacts.rglob("*")) == ["c", "c/4"]


@pytest.mark.parametrize("name", ["../film.mkv", "/etc/hostname", "a/../../film.mkv", "link/film.mkv", "..", ".", ""])
def test_nothing_outside_the_folder_is_touched(tmp_path: Path, name: str) -> None:
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir()
    (tmp_path / "film.mkv").touch()
    (artifacts / "link").symlink_to(tmp_path)
    assert remove_files([name], artifacts) == 0
    assert (tmp_path / "film.mkv").exists()
    assert artifacts.is_dir()


def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir()
    (tmp_path / "film.mkv").touch()
    (artifacts / "link").symlink_to(tmp_path / "film.mkv")
    assert remove_files(["link"], artifacts) == 1
    assert (tmp_path / "film.mkv").exists()


def test_folders_that_no_answer_speaks_of_go_when_they_are_old(tmp_path: Path) -> None:
    for name, age in (("mix-1-aaaa", 3600), ("mix-1-bbbb", 3600), ("mix-2-cccc", 0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "speech.flac").touch()
        for path in (tmp_path / name / "speech.flac", tmp_path / name):
            os.utime(path, (time.time() - age,) * 2)
    assert collect_garbage(tmp_path, {"mix-1-aaaa"}) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mix-1-aaaa", "mix-2-cccc"]


def test_a_folder_that_is_still_written_to_stays(tmp_path: Path) -> None:
    (tmp_path / "mix-1").mkdir()
    (tmp_path / "mix-1" / "dub.mka").touch()
    os.utime(tmp_path / "mix-1", (0, 0))
    assert collect_garbage(tmp_path, ()) == 0
    assert collect_garbage(tmp_path / "missing", ()) == 0


def test_what_interrupted_stages_of_a_task_left_goes_when_it_has_ended(tmp_path: Path) -> None:
    for name in ("mix-1-aaaa", "mix-1-bbbb", "mix-12-cccc", "separate-2-dddd"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "speech.flac").touch()
    assert collect_task_garbage(tmp_path, 1, {"mix-1-aaaa"}) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mix-1-aaaa", "mix-12-cccc", "separate-2-dddd"]
