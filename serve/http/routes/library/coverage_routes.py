"""Coverage routes: every film of the library with the languages that it lacks, scans of the library, and dubs of what is missing."""

from pathlib import Path
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import UsersFault
from pipeline.values.library.coverage import (
    CoverageQuery,
    CoverageSort,
    CoverageState,
    FilmCoverage,
    LanguageState,
    LibraryScan,
)
from pipeline.values.task_lists.task_query import SortOrder
from pipeline.values.tasks import Priority
from serve.http.dependencies import AdmissionDependency, Context, ContextDependency
from serve.http.openapi import describe_error
from serve.http.schemas import Tag, Time
from serve.intake.admission import Admission
from serve.intake.dub_options import DubOptions, NothingToDub
from serve.intake.path_mapping import find_named_film
from serve.library.library_scan import require_scan
from serve.library.wanted_languages import WantedLanguages

MAX_PAGE_FILMS = 500
MAX_DUBBED_FILMS = 50  # of one request: each is probed

router = APIRouter(prefix="/api/library", tags=["resources"])


class WantedLanguageOut(BaseModel):
    """A wanted language of a film."""

    language: str
    state: LanguageState


class CoverageFilmOut(BaseModel):
    """A film. `languages`: of its own dialogue tracks; `reason`: why no language is wanted, "" where some are; `duration`: s; `size`:
    bytes; `task`: the newest task of the file.
    """

    path: str
    title: str
    state: CoverageState
    source: str
    original_language: str | None
    languages: list[str]
    wanted: list[WantedLanguageOut]
    reason: str
    duration: float | None
    size: int
    task: int | None

    @classmethod
    def of(cls, covered: FilmCoverage) -> Self:
        """Convert from the value."""
        film = covered.film
        return cls(
            path=film.path,
            title=film.title,
            state=covered.state,
            source=film.source,
            original_language=film.original_language,
            languages=list(film.languages),
            wanted=[WantedLanguageOut(language=tag, state=state) for tag, state in covered.languages.items()],
            reason=film.reason,
            duration=film.duration,
            size=film.size,
            task=covered.task,
        )


class ScanOut(BaseModel):
    """The newest scan: `seen` of `total` films so far. `problems`: sentences about films and applications that could not be read."""

    running: bool
    started_at: Time
    finished_at: Time | None
    seen: int
    total: int
    problems: list[str]

    @classmethod
    def of(cls, scan: LibraryScan) -> Self:
        """Convert from the value."""
        return cls(
            running=scan.is_running,
            started_at=scan.started_at,
            finished_at=scan.finished_at,
            seen=scan.seen,
            total=scan.total,
            problems=list(scan.problems),
        )


class CoverageOut(BaseModel):
    """A page of films. `counts`: films by state, of the same search and language; `outdated`: target languages, tags or rules have
    changed since the newest scan, or there was none: POST /api/library/scan.
    """

    films: list[CoverageFilmOut]
    total: int
    counts: dict[CoverageState, int]
    scan: ScanOut | None
    outdated: bool


class ScanStarted(BaseModel):
    """A scan has started."""

    status: str = "started"


class LibraryDubIn(BaseModel):
    """Films of the library to dub into the wanted languages that they lack, by their paths there. Priority: bulk."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"paths": ["/films/voyage.mkv"]}]})

    paths: Annotated[list[Annotated[str, Field(max_length=4_096)]], Field(min_length=1, max_length=MAX_DUBBED_FILMS)]


class LibraryDubOutcome(BaseModel):
    """Outcome for one film. `task`: its task; null where none was queued, for the reason `message`."""

    path: str
    task: int | None
    message: str | None


class LibraryDubOut(BaseModel):
    """Outcome of each film, in the order of the request, and how many were queued."""

    queued: int
    outcomes: list[LibraryDubOutcome]


@router.get("/coverage", responses={422: describe_error("Invalid request.")})
def list_coverage(
    context: ContextDependency,
    state: CoverageState | None = None,
    search: Annotated[str, Query(description="only films with all these words in path or title", max_length=1_000)] = "",
    language: Annotated[Tag | None, Query(description="only films for which it is wanted; its state alone counts")] = None,
    sort: CoverageSort = CoverageSort.TITLE,
    order: SortOrder = SortOrder.ASCENDING,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_FILMS)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> CoverageOut:
    """List the films of the library with their audio languages, the languages that they should have, and the state of each."""
    scan = context.store.library.find_scan()  # before the films: where it has ended, they are all that it found
    page = context.store.library.list_coverage(CoverageQuery(state, search, language, sort, order, limit, offset))
    films = [CoverageFilmOut.of(film) for film in page.films]
    outdated = scan is None or scan.wanted_key != find_wanted(context).key
    return CoverageOut(
        films=films,
        total=page.total,
        counts=dict(page.counts),
        scan=None if scan is None else ScanOut.of(scan),
        outdated=outdated,
    )


@router.post("/scan", status_code=202, responses={409: describe_error("A scan is running.")})
def scan_library(context: ContextDependency) -> ScanStarted:
    """Start a scan of the library. Only films whose files are new or have changed are probed."""
    require_scan(context.store, context.settings)
    return ScanStarted()


@router.post("/dub", responses={422: describe_error("Invalid request.")})
def dub_films(context: ContextDependency, admission: AdmissionDependency, request: LibraryDubIn) -> LibraryDubOut:
    """Queue films of the library for the wanted languages that they lack. A film that is refused refuses no other."""
    paths = list(dict.fromkeys(request.paths))
    known = {covered.film.path: covered for covered in context.store.library.find_coverage(paths)}
    outcomes = [queue_missing(admission, path, known.get(path)) for path in paths]
    return LibraryDubOut(queued=sum(each.task is not None for each in outcomes), outcomes=outcomes)


def find_wanted(context: Context) -> WantedLanguages:
    """The decision which languages films should have, by the settings and rules of now."""
    return WantedLanguages.of(context.settings, context.store.rules.list_rules())


def queue_missing(admission: Admission, path: str, covered: FilmCoverage | None) -> LibraryDubOutcome:
    """Queue one film for the languages that it lacks."""
    if covered is None:
        return LibraryDubOutcome(path=path, task=None, message="it is not in the library; scan it")
    lacking = {LanguageState.MISSING, LanguageState.FAILED}
    missing = tuple(tag for tag, state in covered.languages.items() if state in lacking)
    if not missing:
        return LibraryDubOutcome(
            path=path, task=None, message=covered.film.reason or "it has its languages, or is queued for them"
        )
    options = DubOptions(target_langs=missing, priority=Priority.BULK, original_lang=covered.film.original_language)
    try:
        admitted = admission.admit_file(find_named_film(Path(path), admission.settings.roots), options)
    except UsersFault as error:
        return LibraryDubOutcome(path=path, task=None, message=str(error))
    if isinstance(admitted, NothingToDub):
        return LibraryDubOutcome(path=path, task=None, message=admitted.reason)
    return LibraryDubOutcome(path=path, task=admitted.task.id, message=None)
