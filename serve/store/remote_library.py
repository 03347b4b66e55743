"""Remote library of the store: a typed class, each method with the signature of the method that it calls."""

from collections.abc import Iterable, Sequence

from pipeline.store.library.coverage import LibraryFilms
from pipeline.values.library.coverage import CoveragePage, CoverageQuery, FilmCoverage, LibraryFilm, LibraryScan
from serve.store.store_calls import RemotePart


class RemoteLibraryFilms(RemotePart):
    """`LibraryFilms` of the store, by the store actor."""

    def list_coverage(self, query: CoverageQuery) -> CoveragePage:
        return self._ask(LibraryFilms.list_coverage, query)

    def find_coverage(self, paths: Sequence[str]) -> tuple[FilmCoverage, ...]:
        return self._ask(LibraryFilms.find_coverage, paths)

    def list_films(self, paths: Sequence[str]) -> tuple[LibraryFilm, ...]:
        return self._ask(LibraryFilms.list_films, paths)

    def put_films(self, films: Iterable[LibraryFilm]) -> None:
        return self._ask(LibraryFilms.put_films, tuple(films))

    def remove_films(self, paths: Sequence[str]) -> None:
        return self._ask(LibraryFilms.remove_films, paths)

    def begin_scan(self, wanted_key: str) -> int | None:
        return self._ask(LibraryFilms.begin_scan, wanted_key)

    def record_scanned(self, scan: int, films: Sequence[LibraryFilm], unchanged: Sequence[str], total: int) -> None:
        return self._ask(LibraryFilms.record_scanned, scan, films, unchanged, total)

    def finish_scan(self, scan: int, problems: Sequence[str], complete_sources: Sequence[str] | None) -> None:
        return self._ask(LibraryFilms.finish_scan, scan, problems, complete_sources)

    def find_scan(self) -> LibraryScan | None:
        return self._ask(LibraryFilms.find_scan)
