"""Coverage requests of the client: films of the library with the languages that they lack, and scans. Light imports."""

from collections.abc import Iterator, Sequence

from serve.client.http_connection import HttpConnection, Json

FILMS_PER_PAGE = 500
FILMS_PER_REQUEST = 50


class CoverageRequests(HttpConnection):
    """Requests about the library's coverage."""

    def coverage(self, *, state: str | None = None, search: str = "", language: str | None = None, offset: int = 0) -> Json:
        """A page of the library's films, sorted by title. `state`: "needed", "partial", "complete" or "not_wanted"."""
        given = {"state": state, "search": search, "language": language, "offset": offset, "limit": FILMS_PER_PAGE}
        return self._request_json("GET", "/api/library/coverage", params={name: value for name, value in given.items() if value})

    def coverage_films(self, *, state: str | None = None, search: str = "", language: str | None = None) -> Iterator[Json]:
        """Every film of a filter."""
        offset = 0
        while films := self.coverage(state=state, search=search, language=language, offset=offset)["films"]:
            yield from films
            offset += len(films)

    def scan_library(self) -> Json:
        """Start a scan of the library. NotPossible where one is running."""
        return self._request_json("POST", "/api/library/scan")

    def dub_missing(self, paths: Sequence[str]) -> list[Json]:
        """Queue films of the library for the languages that they lack: the outcome of each, with its `task` or a `message`."""
        parts = [list(paths[n : n + FILMS_PER_REQUEST]) for n in range(0, len(paths), FILMS_PER_REQUEST)]
        answers = [self._request_json("POST", "/api/library/dub", json={"paths": part}) for part in parts]
        return [outcome for answer in answers for outcome in answer["outcomes"]]
