"""Sidecar subtitles: found by name, with language and flags, in the film's folder alone."""

import os
import unicodedata
from pathlib import Path

import pytest

from pipeline.text.subtitles.subtitle_reader import read_subtitle_file
from pipeline.text.subtitles.subtitle_sidecars import MAX_SIDECARS, describe_unusable_sidecars, find_sidecars

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
    link = "was not used: it is a link that leads out of the library, or to no subtitle file"
    assert [note.text for note in describe_unusable_sidecars(film)] == [
        f"The file Film.ca.srt {link}",
        f"The file Film.es.srt {link}",
        "The file Film.fr.srt was not used: it is no regular file",
        "The file Film.it.srt was not used: it is no regular file",
        "The file Film.pt.srt was not used: it is empty",
    ]


def test_a_folder_full_of_sidecars_gives_as_many_as_anybody_needs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    film = folder_with(tmp_path, *(f"Film.{n:03}.srt" for n in range(MAX_SIDECARS + 5)))
    assert len(find_sidecars(film)) == MAX_SIDECARS
    assert f"Film.mkv has more than {MAX_SIDECARS} subtitle files beside it" in caplog.text


def found_in(film: Path, *roots: Path) -> dict[str, str | None]:
    return {sidecar.path.relative_to(film.parent).as_posix(): sidecar.language for sidecar in find_sidecars(film, roots)}


def put_all(folder: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(HELLO + f"\n3\n00:00:0{number % 10},000 --> 00:00:09,000\n{name}\n")
    return folder / "Film.mkv"


def test_names_with_other_separators_and_in_folders_of_subtitles_are_found(tmp_path: Path) -> None:
    film = put_all(
        tmp_path,
        "Film.mkv", "Film_en.srt", "Film - es.srt", "Film.fr.hi.srt", "Subs/2_English.srt", "Subs/Film/3_Portuguese (Brazilian).srt",
        "Subtitles/Film.ca.srt", "Subtítulos/it.ass", "Film/German.srt", "Film-trailer.mkv", "Film 2.en.srt", "Other/nl.srt",
    )  # fmt: skip
    assert found_in(film) == {
        "Film_en.srt": "en",
        "Film - es.srt": "es",
        "Film.fr.hi.srt": "fr",
        "Subs/2_English.srt": "en",
        "Subs/Film/3_Portuguese (Brazilian).srt": "pt-BR",
        "Subtitles/Film.ca.srt": "ca",
        "Subtítulos/it.ass": "it",
        "Film/German.srt": "de",
    }


def test_a_folder_of_subtitles_beside_several_films_gives_each_its_own(tmp_path: Path) -> None:
    film = put_all(
        tmp_path,
        "Film.mkv",
        "Next.mkv",
        "Subs/2_English.srt",
        "Subs/Film.es.srt",
        "Subs/Next.es.srt",
        "Subs/Next/2_English.srt",
        "en.srt",
    )
    assert found_in(film) == {"Subs/Film.es.srt": "es"}
    assert found_in(film.with_name("Next.mkv")) == {"Subs/Next.es.srt": "es", "Subs/Next/2_English.srt": "en"}


@pytest.mark.parametrize(("film", "subtitle"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_names_in_two_unicode_forms_are_one(tmp_path: Path, film: str, subtitle: str) -> None:
    path = tmp_path / unicodedata.normalize(film, "Canción.mkv")
    path.touch()
    (tmp_path / unicodedata.normalize(subtitle, "Canción.es.srt")).write_text(HELLO)
    (sidecar,) = find_sidecars(path)
    assert sidecar.language == "es"


def test_the_kinds_of_a_track_are_read_in_a_files_name(tmp_path: Path) -> None:
    film = put_all(
        tmp_path, "Film.mkv", "Film.en.signs.srt", "Film.en.commentary.srt", "Film.en.cc.srt", "Film.en.srt", "Film.en.forced.srt"
    )
    kinds = [(sidecar.kind, sidecar.forced) for sidecar in find_sidecars(film)]
    assert kinds[:2] == [("full", False), ("for the hearing impaired", False)]
    assert set(kinds[2:4]) == {("signs and songs", False), ("commentary", False)}
    assert kinds[4] == ("forced", True)


def test_subtitles_beside_a_link_and_beside_its_film_are_seen(tmp_path: Path) -> None:
    real = put_all(tmp_path / "pool", "rls-x.mkv", "rls-x.es.srt", "Film.ca.srt").with_name("rls-x.mkv")
    film = put_all(tmp_path / "library", "Film.en.srt")
    film.symlink_to(real)
    assert [(sidecar.path.name, sidecar.language) for sidecar in find_sidecars(film, (tmp_path,))] == [
        ("Film.en.srt", "en"),
        ("rls-x.es.srt", "es"),
    ]


def test_a_linked_subtitle_is_read_where_it_leads_to_a_library_root(tmp_path: Path) -> None:
    pool = put_all(tmp_path / "pool", "hash.srt", "subs/2_English.srt").parent
    film = put_all(tmp_path / "library", "Film.mkv")
    film.with_name("Film.en.srt").symlink_to(pool / "hash.srt")
    film.with_name("Subs").symlink_to(pool / "subs")
    assert find_sidecars(film) == ()
    assert find_sidecars(film, (tmp_path / "library",)) == ()
    linked, below = find_sidecars(film, (tmp_path / "library", pool))
    assert (linked.path.name, linked.content) == ("Film.en.srt", pool / "hash.srt")
    assert read_subtitle_file(linked.content, digest=linked.digest).cues
    assert read_subtitle_file(below.content, digest=below.digest).cues


def test_one_file_by_two_names_is_one_sidecar(tmp_path: Path) -> None:
    film = folder_with(tmp_path, "Film.mkv", "Film.en.srt", "Film.es.srt")
    (tmp_path / "Film.eng.srt").symlink_to(tmp_path / "Film.en.srt")
    assert [sidecar.language for sidecar in find_sidecars(film)] == ["en", "es"]


@pytest.mark.parametrize(
    ("film", "subtitle", "language", "kind"),
    [
        ("Signs.mkv", "Subs/Signs.en.srt", "en", "full"),
        ("Signs.mkv", "Subs/Signs.srt", None, "full"),
        ("Alien.mkv", "Subs/Alien.en.srt", "en", "full"),
        ("The Italian Job.mkv", "Subs/The Italian Job.srt", None, "full"),
        ("It.mkv", "Subs/It.srt", None, "full"),
        ("Film.mkv", "Subs/English/Film.srt", "en", "full"),
        ("Film.mkv", "Subs/Spanish/2.srt", "es", "full"),
        ("Film.mkv", "Subs/Film/2_eng,English [Forced].srt", "en", "forced"),
    ],
)
def test_in_a_folder_of_subtitles_the_films_own_name_tells_nothing_and_a_folders_name_tells_the_language(
    tmp_path: Path, film: str, subtitle: str, language: str | None, kind: str
) -> None:
    (tmp_path / subtitle).parent.mkdir(parents=True)
    (tmp_path / subtitle).write_text(HELLO)
    (tmp_path / film).touch()
    (found,) = find_sidecars(tmp_path / film)
    assert (found.language, found.kind) == (language, kind)


def test_a_sequels_subtitle_is_not_that_of_the_only_film_there(tmp_path: Path) -> None:
    (tmp_path / "Alien.mkv").touch()
    (tmp_path / "Alien 3.en.srt").write_text(HELLO)
    assert find_sidecars(tmp_path / "Alien.mkv") == ()
