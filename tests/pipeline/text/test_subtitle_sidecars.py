"""Sidecar subtitles: found by name, with language and flags, in the film's folder alone."""

import os
from pathlib import Path

import pytest

from pipeline.text.subtitle_sidecars import MAX_SIDECARS, find_sidecars

HELLO = "1\n00:00:01,000 --> 00:00:02,500\nHello, world.\n\n2\n00:00:03,000 --> 00:00:04,000\n<i>Bye</i>\nnow.\n"


def folder_with(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_text(HELLO)
    return folder / "Film.mkv"


def test_sidecars_are_found_by_name_with_language_and_forced_flag(tmp_path: Path) -> None:
    film = folder_with(
        tmp_path,
        "Film.mkv", "film.srt", "Film.en.SRT", "Film.eng.forced.srt", "Film.en.sdh.srt", "Film.pt-BR.vtt", "Film.Spanish.ass",
        "Film.hi.srt", "Film.fr.hi.srt",
        "Film.sub", "Film.idx", "Films.srt", "Other.en.srt", "Film.en.txt", "Film.2.mkv", "Film.2.en.srt",
    )  # fmt: skip
    found = {sidecar.path.name: (sidecar.language, sidecar.forced) for sidecar in find_sidecars(film)}
    assert found == {
        "film.srt": (None, False),
        "Film.en.SRT": ("en", False),
        "Film.eng.forced.srt": ("en", True),
        "Film.en.sdh.srt": ("en", False),
        "Film.pt-BR.vtt": ("pt-BR", False),
        "Film.Spanish.ass": ("es", False),
        "Film.hi.srt": ("hi", False),
        "Film.fr.hi.srt": ("fr", False),
    }


def test_plain_sidecars_come_first_and_forced_ones_last(tmp_path: Path) -> None:
    film = folder_with(tmp_path, "Film.en.forced.srt", "Film.en.sdh.srt", "Film.english.srt")
    assert [sidecar.path.name for sidecar in find_sidecars(film)] == ["Film.english.srt", "Film.en.sdh.srt", "Film.en.forced.srt"]


def test_only_regular_files_of_the_same_folder_are_sidecars(tmp_path: Path) -> None:
    library, outside = tmp_path / "library", tmp_path / "outside"
    library.mkdir()
    outside.mkdir()
    film = folder_with(library, "Film.en.srt")
    (outside / "secret.srt").write_text(HELLO)
    (library / "Film.es.srt").symlink_to(outside / "secret.srt")
    (library / "Film.ca.srt").symlink_to(library / "nowhere.srt")
    (library / "Film.it.srt").mkdir()
    (library / "Film.pt.srt").touch()
    os.mkfifo(library / "Film.fr.srt")
    assert [sidecar.path.name for sidecar in find_sidecars(film)] == ["Film.en.srt"]


def test_a_folder_full_of_sidecars_gives_as_many_as_anybody_needs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    film = folder_with(tmp_path, *(f"Film.{n:03}.srt" for n in range(MAX_SIDECARS + 5)))
    assert len(find_sidecars(film)) == MAX_SIDECARS
    assert f"Film.mkv has more than {MAX_SIDECARS} subtitle files beside it" in caplog.text
