"""Backups of films while their dubs replace them: restored over a dub, never over another's film, and gone at the end."""

import logging
from pathlib import Path

import pytest

from pipeline.filesystem.kept_original import drop_backup, find_backup, keep_original, restore_original

DUB = b"dub"


def is_dub(path: Path) -> bool:
    return path.read_bytes() == DUB


def replace_content(film: Path, content: bytes) -> None:
    """Another file takes the film's place."""
    new = film.with_name("new")
    new.write_bytes(content)
    new.replace(film)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mkv"
    path.write_bytes(b"film")
    return path


def test_a_film_gets_its_place_back_from_a_dub(film: Path) -> None:
    inode = film.stat().st_ino
    keep_original(film)
    replace_content(film, DUB)
    assert restore_original(film, is_dub=is_dub)
    assert (film.read_bytes(), film.stat().st_ino, film.stat().st_nlink) == (b"film", inode, 1)
    assert list(film.parent.iterdir()) == [film]
    assert not restore_original(film, is_dub=is_dub)


def test_a_film_that_was_not_replaced_loses_its_backup(film: Path) -> None:
    keep_original(film)
    assert film.stat().st_nlink == 2
    assert not restore_original(film, is_dub=is_dub)
    assert film.read_bytes() == b"film" and list(film.parent.iterdir()) == [film]


def test_another_film_in_its_place_stays_and_so_does_the_backup(film: Path, caplog: pytest.LogCaptureFixture) -> None:
    keep_original(film)
    replace_content(film, b"a better version")
    caplog.set_level(logging.WARNING)
    assert not restore_original(film, is_dub=is_dub)
    assert (film.read_bytes(), find_backup(film).read_bytes()) == (b"a better version", b"film")
    assert f"its original is kept as {find_backup(film).name}" in caplog.text


def test_the_backup_of_an_earlier_film_gives_way_to_that_of_the_film_that_is_dubbed_now(film: Path) -> None:
    keep_original(film)
    replace_content(film, b"a better version")
    keep_original(film)
    replace_content(film, DUB)
    assert restore_original(film, is_dub=is_dub)
    assert film.read_bytes() == b"a better version"


def test_the_backup_has_a_hidden_name_that_is_no_films_and_is_dropped_at_the_end(film: Path) -> None:
    keep_original(film)
    assert find_backup(film).name.startswith(".dubarr-") and find_backup(film).suffix[1:] != "mkv"
    drop_backup(film)
    drop_backup(film)
    assert list(film.parent.iterdir()) == [film]


def test_a_film_that_cannot_be_linked_is_dubbed_without_a_backup(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    keep_original(tmp_path / "no film.mkv")
    assert "no film.mkv has no backup" in caplog.text and list(tmp_path.iterdir()) == []
