"""Coverage of the library, read while a scan writes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.store.library.coverage import LibraryFilms
from pipeline.store.store import Store
from pipeline.values.library.coverage import CoverageQuery, CoverageState, LibraryFilm

FILM = LibraryFilm("/films/English.mkv", 1, 1, "English", "folders", languages=("en",), wanted=("es",))


def test_films_that_are_added_during_a_listing_are_in_none_of_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    list_parameters = LibraryFilms._list_parameters

    def add_film_after(films: LibraryFilms, language: str | None) -> list[object]:
        found = list_parameters(films, language)
        with ThreadPoolExecutor(1) as scan:
            scan.submit(films.put_films, [FILM]).result()
        return found

    monkeypatch.setattr(LibraryFilms, "_list_parameters", add_film_after)
    assert store.library.list_coverage(CoverageQuery()).films == (), "the languages were listed before"
    monkeypatch.undo()
    page = store.library.list_coverage(CoverageQuery())
    assert [each.state for each in page.films] == [CoverageState.NEEDED]
    assert page.counts[CoverageState.NEEDED] == 1
