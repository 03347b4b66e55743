"""Films of Radarr and Sonarr: their titles, original languages and tags, mapped to this machine."""

import os
from dataclasses import replace
from pathlib import Path

from pipeline.settings import PathMapping, Settings
from pipeline.values.library.coverage import LibraryFilm
from serve.library.film_listing import list_library
from serve.library.wanted_languages import WantedLanguages
from tests.support.arr_servers import KEY, arr_server

MOVIE = {"id": 1, "title": "Voyage", "year": 2001, "originalLanguage": {"id": 3, "name": "Spanish"}, "tags": [2]}
SERIES = {
    "id": 8,
    "title": "Dark",
    "originalLanguage": {"id": 4, "name": "German"},
    "tags": [],
    "statistics": {"episodeFileCount": 1},
}


def put(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"film")
    return path


def test_films_come_from_the_applications_with_titles_languages_and_tags(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    movie, episode = put(folder, "Voyage/voyage.mkv"), put(folder, "Dark/Dark.S01E02.mkv")
    unknown = put(folder, "unknown to both.mkv")
    movies = [
        {**MOVIE, "movieFile": {"path": "/films/Voyage/voyage.mkv"}},
        {**MOVIE, "movieFile": {"path": "/films/gone.mkv"}},
        {**MOVIE, "movieFile": None},
    ]
    episodes = [{"path": "/films/Dark/Dark.S01E02.mkv", "relativePath": "Dark.S01E02.mkv"}]
    sonarr_answers = {
        "/series": [SERIES, {**SERIES, "id": 9, "statistics": {"episodeFileCount": 0}}],
        "/episodefile?seriesId=8": episodes,
    }
    with arr_server({"/movie": movies, "/tag": [{"id": 2, "label": "anime"}]}) as radarr, arr_server(sonarr_answers) as sonarr:
        settings = Settings(
            library_roots=(folder,), videos_dir=folder / "videos", path_mappings=(PathMapping("/films", folder),),
            radarr_url=radarr.url, radarr_api_key=KEY, sonarr_url=sonarr.url, sonarr_api_key=KEY,
        )  # fmt: skip
        found = list_library(settings)
        assert list(found.films) == [movie, episode, unknown]
        voyage, dark, other = found.films.values()
        assert (other.title, other.source) == ("unknown to both", "folders")
        assert (voyage.title, voyage.original_language, voyage.tags) == ("Voyage (2001)", "es", ("anime",))
        assert (dark.title, dark.original_language, dark.source) == ("Dark S01E02", "de", "sonarr")
        assert found.problems[0].startswith("One film of Radarr cannot be reached from here.") and not found.failed
        refused = list_library(replace(settings, radarr_api_key="wrong", exclude=("Dark",)))
        assert (refused.failed, refused.complete, list(refused.films)) == (["radarr", "folders"], ["sonarr"], [])
        assert "it refuses the key" in refused.problems[0]


def test_films_that_the_one_application_does_not_know_come_from_the_folders_once(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    movie, episode = put(folder, "Voyage/voyage.mkv"), put(folder, "Dark/Dark.S01E02.mkv")
    os.link(movie, put(folder, "seeding/x").with_name("voyage.1080p.mkv"))
    (folder / "link.mkv").symlink_to(movie)
    with arr_server({"/movie": [{**MOVIE, "movieFile": {"path": str(folder / "link.mkv")}}]}) as radarr:
        settings = Settings(library_roots=(folder,), videos_dir=folder / "videos", radarr_url=radarr.url, radarr_api_key=KEY)
        found = list_library(settings)
        sources = {film.path.name: (film.title, film.source) for film in found.films.values()}
        assert sources == {"link.mkv": ("Voyage (2001)", "radarr"), episode.name: ("Dark.S01E02", "folders")}
        assert found.complete == ["radarr", "folders"] and not found.problems
        radarr.refused = "/movie"
        kept = list_library(settings)
        assert not kept.films and kept.failed == ["radarr", "folders"] and "those of the folders, are kept" in kept.problems[0]


def test_tags_include_and_exclude_films() -> None:
    film = LibraryFilm("/films/a.mkv", 1, 1, "A", "radarr", tags=("Anime",))
    targets = ("es",)
    assert WantedLanguages(targets).apply(film).wanted == ("es",)
    assert WantedLanguages(targets, exclude_tags=("anime",)).apply(film).reason == "left out by its tag Anime"
    assert WantedLanguages(targets, include_tags=("kids",)).apply(film).reason == "it has none of the tags kids"
    assert WantedLanguages(targets, include_tags=("anime",)).apply(film).wanted == ("es",)
    assert WantedLanguages(targets, include_tags=("kids",)).apply(replace(film, source="folders", tags=())).wanted == ("es",)
    spoken = replace(film, original_language="es")
    assert WantedLanguages(targets).apply(spoken).heard == ("es",)  # its tracks have no tags
    assert WantedLanguages(targets).apply(replace(spoken, languages=("en",))).heard == ()
