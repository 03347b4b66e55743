"""Films of a command line: a file as it is named, and of folders and patterns what lacks a language."""

import shutil
from pathlib import Path

import click
import pytest
from in_process_service import make_film

from cli.film_arguments import select_films
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
