"""Names of films and of what lies beside them: extras, samples, recycle bins."""

from pathlib import Path

import pytest

from pipeline.text.naming.film_names import describe_extra, describe_skipped_folder


@pytest.mark.parametrize(
    "name",
    [
        *("#recycle", "@eaDir", "@Recycle", ".Trash-1000", ".Trashes", "$RECYCLE.BIN", "lost+found", "Extras", "Featurettes", "Sample", "Samples"),
        *("Behind The Scenes", "Deleted Scenes", "Trailers", "BDMV", "VIDEO_TS", ".hidden", "System Volume Information"),
    ],
)  # fmt: skip
def test_folders_that_hold_no_films_of_the_library_are_known(name: str) -> None:
    assert describe_skipped_folder(Path(name))


@pytest.mark.parametrize("name", ["@midnight", "Films", "Season 01", "Specials", "The Trailer Park Boys", "Shorts", "Other"])
def test_other_folders_hold_films(name: str) -> None:
    assert not describe_skipped_folder(Path(name))


def test_a_folder_of_shorts_holds_extras_only_beside_a_film() -> None:
    assert describe_skipped_folder(Path("Shorts"), siblings=[Path("Film.mkv")])


def test_a_series_that_is_called_extras_is_no_folder_of_extras() -> None:
    assert not describe_skipped_folder(Path("Extras"), children=["Season 1", "Season 2"])


@pytest.mark.parametrize(
    "name",
    ["Film-trailer.mkv", "Film-Trailer2.mkv", "Film.trailer.mp4", "Film-behindthescenes.mkv", "sample.mkv", "Film-sample.mkv", "Making-featurette.mkv", "A-deleted.mkv"],
)  # fmt: skip
def test_extras_are_known_by_their_suffix(name: str) -> None:
    assert describe_extra(Path(name))


@pytest.mark.parametrize(
    "name",
    ["Film.mkv", "The Big Short.mkv", "Trailer Park.mkv", "The Other.mkv", "Short Term 12.mkv", "Love Scene.mkv", "Sampled.mkv"],
)
def test_words_of_a_title_make_no_extra(name: str) -> None:
    assert not describe_extra(Path(name))
