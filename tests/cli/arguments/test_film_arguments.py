"""Films of a command line: a file as it is named, and of folders and patterns what lacks a language."""

import shutil
from pathlib import Path

import click
import pytest
from in_process_service import make_film

from cli.arguments.film_arguments import FolderSearch, describe_missing, select_films
from pipeline.errors import FilmError
from pipeline.library.film_search import SearchedFolder
from pipeline.library.scan import DubbingRules
from pipeline.settings import Settings


def test_of_folders_and_patterns_films_that_lack_a_language_are_selected(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "Series").mkdir()
    english = make_film(root / "Series" / "english.mkv")
    spanish = make_film(root / "Series" / "spanish.mkv", language="spa")
    for name in ("sample.mkv", "left out.mkv"):
        shutil.copy(english, root / "Series" / name)
    settings = Settings(exclude=("left*", "sample*"))
    found = select_films([root / "Series"], ("es", "ca"), settings)
    assert found.targets == {english: ("es", "ca"), spanish: ("ca",)} and not found.left_out
    found = select_films([root / "*" / "*anish.mkv", root / "Series" / "english.mkv"], ("es",), settings)
    assert found.films == (english,) and found.left_out == {spanish: "it has es"}
    assert found.describe() == "1 film to dub; 1 left out"
    assert select_films([spanish], ("es",), settings).films == (spanish,)  # named by its file
    assert select_films([root / "**" / "engl*.mkv"], ("es",), settings).films == (english,)
    with pytest.raises(click.UsageError, match="matches no film"):
        select_films([root / "*.avi"], ("es",), settings)
    with pytest.raises(click.UsageError, match="does not exist"):
        select_films([root / "none.mkv"], ("es",), settings)


def test_a_folder_without_films_is_told_with_what_was_searched_and_what_counts_as_a_film(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Film" / "Extras").mkdir(parents=True)
    (tmp_path / "Film" / "Extras" / "e.mkv").touch()
    (tmp_path / "Film" / "notes.txt").touch()
    with pytest.raises(FilmError) as nothing:
        select_films([tmp_path / "Film"], ("es",), Settings())
    assert str(nothing.value).startswith(
        f"there are no films under {tmp_path.resolve()}/Film (2 folders searched), but 1 file left out, such as e.mkv: it lies in Extras"
    )
    assert "a film ends in .3g2" in str(nothing.value) and ".mkv" in str(nothing.value)
    assert "looking for films in" in capsys.readouterr().err
    film = make_film(tmp_path / "one.mkv")
    assert select_films([tmp_path / "Film", film], ("es",), Settings()).films == (film.resolve(),)
    assert "there are no films under" in capsys.readouterr().err, "told, and the others are dubbed"


def test_the_search_of_a_folder_shows_its_progress_and_tells_what_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []
    search = FolderSearch(tmp_path, shown.append)
    for number in range(7):
        search.add(SearchedFolder(tmp_path / f"private\n{number}", error="Permission denied"))
    search.add(SearchedFolder(tmp_path / "Films", films=2))
    assert shown[0].endswith(": 1 folder, 0 films") and shown[-1] == f"looking for films in {tmp_path}: 8 folders, 2 films"
    search.run(DubbingRules(("es",)))
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"{tmp_path}/private\\n0 cannot be read: Permission denied; films in it are left out"
    assert told[5:] == ["and 2 more folders that cannot be read"]


def test_a_name_that_cannot_be_looked_up_is_told_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "film.mkv").touch()
    assert "cannot be read: Not a directory." in describe_missing(tmp_path / "film.mkv" / "x.mkv")
    assert "cannot be read: File name too long." in describe_missing(tmp_path / ("x" * 300))
    with pytest.raises(click.UsageError, match="File name too long"):
        select_films([tmp_path / ("x" * 300)], ("es",), Settings())
