"""Coverage of the library in the store: films and scans written, and pages of films with the languages that they lack."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import timedelta
from typing import Any

from pipeline.errors import NotPossible
from pipeline.store.database.database import Database, now
from pipeline.store.task_lists.task_list import DIRECTIONS, spell_search_term
from pipeline.text import languages
from pipeline.text.search_terms import split_search
from pipeline.values.library.coverage import (
    CoveragePage,
    CoverageQuery,
    CoverageSort,
    CoverageState,
    FilmCoverage,
    LanguageState,
    LibraryFilm,
    LibraryScan,
)

SCAN_LEASE_S = 300.0  # a scan without a sign of life for so long has died with its process
# Films with the newest task of their files. `language_of`: tag → its language, whatever the region; `dubbed`: languages of the dubs, `beside`: of sidecars;
# `wished`: the wanted languages that count; `missing`: those of them that are not there.
COVERAGE = """
    WITH tags AS (SELECT map(CAST(? AS VARCHAR[]), CAST(? AS VARCHAR[])) AS language_of),
    newest AS (
        SELECT id, path, size, mtime_ns, status, target_langs,
               list_transform(CASE WHEN status = 'DONE' AND NOT coalesce(preview_only, FALSE) THEN target_langs ELSE [] END,
                              lambda tag: language_of[tag]) AS dubbed
        FROM tasks CROSS JOIN tags QUALIFY row_number() OVER (PARTITION BY path, size, mtime_ns ORDER BY id DESC) = 1),
    wishes AS (
        SELECT films.*, language_of, list_transform(coalesce(films.dubs, []), lambda tag: language_of[tag]) AS beside, CASE
                   WHEN dubbed_by <> '' AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.path = films.path) THEN []
                   WHEN CAST(? AS VARCHAR) = '' THEN wanted
                   ELSE list_filter(wanted, lambda tag: language_of[tag] = CAST(? AS VARCHAR)) END AS wished
        FROM library_films AS films CROSS JOIN tags),
    coverage AS (
        SELECT wishes.*, newest.id AS task, newest.status AS task_status, newest.target_langs AS task_langs,
               list_concat(newest.dubbed, beside) AS dubbed,
               list_filter(wished, lambda tag: NOT list_contains(heard, tag)
                           AND NOT list_contains(list_concat(newest.dubbed, beside), wishes.language_of[tag])) AS missing
        FROM wishes LEFT JOIN newest USING (path, size, mtime_ns)),
    films AS (
        SELECT *, CASE WHEN len(wished) = 0 THEN 'not_wanted' WHEN len(missing) = 0 THEN 'complete'
                       WHEN len(missing) < len(wished) THEN 'partial' ELSE 'needed' END AS state
        FROM coverage)
"""
SEARCH = "(contains(lower(path || ' ' || title), lower(?)) OR contains(lower(path || ' ' || title), lower(?)))"
SORTS = {
    CoverageSort.TITLE: "lower(title)",
    CoverageSort.STATE: "list_position(['needed', 'partial', 'complete', 'not_wanted'], state)",
    CoverageSort.LANGUAGES: "array_to_string(languages, ',')",
    CoverageSort.LENGTH: "duration",
    CoverageSort.SIZE: "size",
}
ACTIVE_STATES = {"QUEUED": LanguageState.QUEUED, "PROCESSING": LanguageState.PROCESSING, "ERROR": LanguageState.FAILED}
FILM_FIELDS = tuple(field.name for field in fields(LibraryFilm))
ALREADY_DUB = "a dub made by Dubarr"


class LibraryFilms:
    """Queries and writes of the library's films and scans."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_coverage(self, query: CoverageQuery) -> CoveragePage:
        """A page of films with their coverage, its counts of the same moment."""
        with self._db.read_transaction():
            return self._list_coverage(query)

    def _list_coverage(self, query: CoverageQuery) -> CoveragePage:
        terms = split_search(query.search)
        values = self._list_parameters(query.language)
        values += [each for term in terms for each in spell_search_term(term)]
        conditions = [SEARCH] * len(terms) + (["len(wished) > 0"] if query.language else [])
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        counted = self._db.rows(f"{COVERAGE} SELECT state, count(*) AS n FROM films {where} GROUP BY state", values)  # noqa: S608
        found = {row["state"]: int(row["n"]) for row in counted}
        counts = {state: found.get(state.value, 0) for state in CoverageState}
        if query.state is not None:
            where, values = f"{where} {'AND' if where else 'WHERE'} state = ?", [*values, query.state.value]
        direction = DIRECTIONS[query.order]
        rows = self._db.rows(
            f"{COVERAGE} SELECT * FROM films {where} ORDER BY {SORTS[query.sort]} {direction} NULLS LAST, path {direction}"  # noqa: S608
            " LIMIT ? OFFSET ?",
            [*values, query.limit, query.offset],
        )
        total = counts[query.state] if query.state is not None else sum(counts.values())
        return CoveragePage(tuple(map(_read_coverage, rows)), total, counts)

    def find_coverage(self, paths: Sequence[str]) -> tuple[FilmCoverage, ...]:
        """Coverage of films by their paths; unknown ones are left out."""
        with self._db.read_transaction():
            rows = self._db.rows(
                f"{COVERAGE} SELECT * FROM films WHERE list_contains(CAST(? AS VARCHAR[]), path)",  # noqa: S608
                [*self._list_parameters(None), list(paths)],
            )
        return tuple(map(_read_coverage, rows))

    def _list_parameters(self, language: str | None) -> list[object]:
        """Parameters of COVERAGE. `language`: the wanted one that counts alone; None: each counts."""
        rows = self._db.rows(
            "SELECT DISTINCT unnest(target_langs) AS tag FROM tasks UNION SELECT DISTINCT unnest(wanted) FROM library_films"
            " UNION SELECT DISTINCT unnest(dubs) FROM library_films"
        )
        tags = [row["tag"] for row in rows]
        counted = languages.find_macrolanguage(language) if language else ""
        return [tags, [languages.find_macrolanguage(tag) for tag in tags], counted, counted]

    def list_films(self, paths: Sequence[str]) -> tuple[LibraryFilm, ...]:
        """Films by their paths; unknown ones are left out."""
        rows = self._db.rows("SELECT * FROM library_films WHERE list_contains(CAST(? AS VARCHAR[]), path)", [list(paths)])
        return tuple(map(_read_film, rows))

    def put_films(self, films: Iterable[LibraryFilm]) -> None:
        """Add or replace films outside of a scan. They belong to the newest one."""
        with self._db.transaction():
            row = self._db.row("SELECT scan FROM library_scans")
            self._replace(films, row["scan"] if row else 0)

    def remove_films(self, paths: Sequence[str]) -> None:
        """Remove films by their paths, and those below folders of these paths."""
        self._db.execute(
            """DELETE FROM library_films WHERE EXISTS (SELECT 1 FROM unnest(CAST(? AS VARCHAR[])) AS gone(name)
                   WHERE path = gone.name OR starts_with(path, gone.name || '/'))""",
            [list(paths)],
        )

    def begin_scan(self, wanted_key: str) -> int | None:
        """Begin a scan: its number, or None where one is running."""
        with self._db.transaction():
            row = self._db.row("SELECT * FROM library_scans")
            if row and _is_running(row):
                return None
            scan = row["scan"] + 1 if row else 1
            self._db.execute(
                "INSERT OR REPLACE INTO library_scans VALUES (1, ?, ?, ?, NULL, 0, 0, [], ?)", [scan, now(), now(), wanted_key]
            )
            return int(scan)

    def record_scanned(self, scan: int, films: Sequence[LibraryFilm], unchanged: Sequence[str], total: int) -> None:
        """Record films of a scan, and paths of films that are as they were. NotPossible where another scan took its place."""
        with self._db.transaction():
            self._require_scan(scan)
            self._replace(films, scan)
            self._db.execute(
                "UPDATE library_films SET scan = ? WHERE path IN (SELECT unnest(CAST(? AS VARCHAR[])))", [scan, list(unchanged)]
            )
            seen = len(films) + len(unchanged)
            self._db.execute("UPDATE library_scans SET seen = seen + ?, total = ?, beat_at = ?", [seen, total, now()])

    def finish_scan(self, scan: int, problems: Sequence[str], complete_sources: Sequence[str] | None) -> None:
        """End a scan. Films that it did not find are removed: those of `complete_sources`, or of every source for None."""
        with self._db.transaction():
            self._require_scan(scan)
            if complete_sources is None:
                self._db.execute("DELETE FROM library_films WHERE scan <> ?", [scan])
            else:
                self._db.execute(
                    "DELETE FROM library_films WHERE scan <> ? AND list_contains(CAST(? AS VARCHAR[]), source)",
                    [scan, list(complete_sources)],
                )
            self._db.execute("UPDATE library_scans SET finished_at = ?, problems = ?", [now(), list(problems)])

    def find_scan(self) -> LibraryScan | None:
        """The newest scan; None before the first."""
        row = self._db.row("SELECT * FROM library_scans")
        if row is None:
            return None
        return LibraryScan(
            row["started_at"], row["finished_at"], row["seen"], row["total"],
            tuple(row["problems"]), row["wanted_key"], _is_running(row),
        )  # fmt: skip

    def _require_scan(self, scan: int) -> None:
        row = self._db.row("SELECT scan FROM library_scans")
        if row is None or row["scan"] != scan:
            raise NotPossible("another scan of the library took the place of this one")

    def _replace(self, films: Iterable[LibraryFilm], scan: int) -> None:
        rows: list[dict[str, Any]] = []
        for film in films:
            columns = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(film).items()}
            rows.append({**columns, "scan": scan})
        self._db.replace("library_films", rows)


def _is_running(row: Mapping[str, Any]) -> bool:
    return row["finished_at"] is None and now() - row["beat_at"] < timedelta(seconds=SCAN_LEASE_S)


def _read_film(row: Mapping[str, Any]) -> LibraryFilm:
    columns: dict[str, Any] = {name: tuple(row[name]) if isinstance(row[name], list) else row[name] for name in FILM_FIELDS}
    return LibraryFilm(**columns)


def _read_coverage(row: Mapping[str, Any]) -> FilmCoverage:
    film, state = _read_film(row), CoverageState(row["state"])
    states = {} if state is CoverageState.NOT_WANTED else {tag: _find_state(row, tag) for tag in row["wanted"]}
    if state is CoverageState.NOT_WANTED and film.dubbed_by and not film.reason:
        film = replace(film, reason=ALREADY_DUB)
    return FilmCoverage(film, state, states, row["task"])


def _find_state(row: Mapping[str, Any], tag: str) -> LanguageState:
    if tag in row["heard"]:
        return LanguageState.AUDIO
    if languages.is_heard(tag, row["dubbed"]):
        return LanguageState.DUB
    is_asked = languages.is_heard(tag, row["task_langs"] or ())
    return ACTIVE_STATES.get(row["task_status"], LanguageState.MISSING) if is_asked else LanguageState.MISSING
