"""Coverage of the library: for each film the languages that it can be heard in, those that are wanted, and those that are missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.values.task_lists.task_query import SortOrder


class CoverageState(StrEnum):
    """State of a film: none of its wanted languages is there, some are, all are, or none is wanted."""

    NEEDED = "needed"
    PARTIAL = "partial"
    COMPLETE = "complete"
    NOT_WANTED = "not_wanted"


class LanguageState(StrEnum):
    """State of one wanted language of a film: in its own audio, dubbed, on its way, failed, or missing."""

    AUDIO = "audio"
    DUB = "dub"
    QUEUED = "queued"
    PROCESSING = "processing"
    FAILED = "failed"
    MISSING = "missing"


class CoverageSort(StrEnum):
    """Column by which the library is sorted."""

    TITLE = "title"
    STATE = "state"
    LANGUAGES = "languages"
    LENGTH = "length"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class LibraryFilm:
    """A film of the library as it was scanned. `source`: folders, radarr, sonarr; `languages`: of its dialogue tracks; `wanted`:
    languages that it should have; `heard`: those of them that are in its own audio; `reason`: for which none is wanted; `dubs`: of the
    sidecar dubs beside it.
    """

    path: str
    size: int  # bytes
    mtime_ns: int
    title: str
    source: str
    original_language: str | None = None  # as Radarr or Sonarr tell it
    tags: tuple[str, ...] = ()  # labels in Radarr or Sonarr
    duration: float | None = None  # s
    languages: tuple[str, ...] = ()
    dubbed_by: str = ""
    fault: str = ""  # for which it cannot be probed
    wanted: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    reason: str = ""
    dubs: tuple[str, ...] = ()

    @property
    def version(self) -> tuple[int, int]:
        """Size and mtime, which change with the file."""
        return self.size, self.mtime_ns


@dataclass(frozen=True, slots=True)
class FilmCoverage:
    """A film with its coverage. `languages`: wanted language → its state; `task`: the newest task of the file."""

    film: LibraryFilm
    state: CoverageState
    languages: Mapping[str, LanguageState]
    task: int | None = None


@dataclass(frozen=True, slots=True)
class CoverageQuery:
    """A page of the library. `search`: words that all occur in path or title; `language`: only films for which it is wanted, and
    then the state of this language alone counts.
    """

    state: CoverageState | None = None
    search: str = ""
    language: str | None = None
    sort: CoverageSort = CoverageSort.TITLE
    order: SortOrder = SortOrder.ASCENDING
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class CoveragePage:
    """Films of a page, the number of all films of its query, and counts by state of its search and language."""

    films: tuple[FilmCoverage, ...]
    total: int
    counts: Mapping[CoverageState, int]


@dataclass(frozen=True, slots=True)
class LibraryScan:
    """The newest scan of the library. `problems`: sentences about films and applications; `wanted_key`: of the settings and rules
    that it applied. Times are UTC, naive.
    """

    started_at: datetime
    finished_at: datetime | None
    seen: int
    total: int
    problems: tuple[str, ...]
    wanted_key: str
    is_running: bool
