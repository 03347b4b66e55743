import os
from pathlib import Path

import pytest

from pipeline.errors import FilmNotFound, FilmRefused
from pipeline.filesystem.path_guard import open_file, open_folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "season").mkdir(parents=True)
    (folder / "season" / "film.mkv").write_text("a film")
    (tmp_path / "secret.mkv").write_text("a secret")
    return folder


def test_a_file_under_a_root_is_read_by_its_content_name(root: Path) -> None:
    with open_file(root / "season" / "film.mkv", (root,)) as opened:
        assert opened.path == root / "season" / "film.mkv"
        assert opened.content.read_text() == "a film"
        assert opened.content.read_text() == "a film", "every reader begins at the beginning"


@pytest.mark.parametrize(
    "name", ["../secret.mkv", "link.mkv", "up/secret.mkv", "gone-link.mkv", "../nothing.mkv", "season/../../secret.mkv"]
)
def test_what_lies_elsewhere_is_refused_whether_it_exists_or_not(root: Path, name: str) -> None:
    (root / "link.mkv").symlink_to(root.parent / "secret.mkv")
    (root / "gone-link.mkv").symlink_to(root.parent / "nothing.mkv")
    (root / "up").symlink_to(root.parent)
    with pytest.raises(FilmRefused, match="does not lie under a library root"):
        open_file(root / name, (root,))


def test_a_link_within_the_root_is_followed(root: Path) -> None:
    (root / "link.mkv").symlink_to(root / "season" / "film.mkv")
    with open_file(root / "link.mkv", (root,)) as opened:
        assert opened.path == root / "season" / "film.mkv"


@pytest.mark.parametrize("name", ["nothing.mkv", "season", "pipe.mkv", "season/film.mkv/x", "a" * 300, "nul\0.mkv"])
def test_what_is_no_file_is_not_found_and_nobody_waits_for_it(root: Path, name: str) -> None:
    os.mkfifo(root / "pipe.mkv")
    with pytest.raises(FilmNotFound):
        open_file(root / name, (root,))


def test_a_file_swapped_after_it_was_opened_is_still_the_one_that_was_checked(root: Path) -> None:
    film = root / "season" / "film.mkv"
    with open_file(film, (root,)) as opened:
        film.unlink()
        film.symlink_to(root.parent / "secret.mkv")
        assert opened.content.read_text() == "a film"


def test_a_folder_swapped_after_it_was_opened_is_still_the_one_that_was_checked(root: Path) -> None:
    with open_folder(root / "season", (root,)) as opened:
        (root / "season").rename(root / "moved")
        (root / "season").symlink_to(root.parent)
        (opened.content / "dub.mkv").write_text("a dub")
    assert (root / "moved" / "dub.mkv").exists()
    assert not (root.parent / "dub.mkv").exists()
    with pytest.raises(FilmRefused):
        open_folder(root / "season", (root,))


def test_a_root_is_a_folder_of_its_own_and_a_sibling_with_a_longer_name_is_none(root: Path) -> None:
    with open_folder(root, (root,)) as opened:
        assert opened.path == root
    (root.parent / "rooted").mkdir()
    with pytest.raises(FilmRefused):
        open_folder(root.parent / "rooted", (root,))


def test_closing_gives_the_descriptor_back(root: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        with open_file(root / "season" / "film.mkv", (root,)):
            pass
        with pytest.raises(FilmRefused):
            open_file(root.parent / "secret.mkv", (root,))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
