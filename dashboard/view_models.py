"""View models: immutable values with everything that a page shows at one moment; the views turn them into HTML."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.service import Languages
from dashboard.urls import Route
from pipeline.text.glossary_check import GlossaryCheck
from pipeline.values import service_status
from pipeline.values.edits import Cast, count_speakers, name_speakers
from pipeline.values.script import DeletedLine, LineReview, ReviewProgress, ScriptRevision
from pipeline.values.tasks import DubPart, Health, LineRow, StageRun, Task


@dataclass(frozen=True, slots=True)
class FilmListModel:
    """A page of the task list. `remaining_s`: task id → estimated seconds, where known; `positions`: task id → place in the
    queue, from 1, of queued tasks.
    """

    tasks: tuple[Task, ...] = ()
    total: int = 0
    offset: int = 0  # of the first task on the page
    remaining_s: Mapping[int, float] = field(default_factory=dict)
    languages: Languages = field(default_factory=Languages)
    positions: Mapping[int, int] = field(default_factory=dict)
    reviews: Mapping[int, ReviewProgress] = field(default_factory=dict)  # of tasks that have lines


@dataclass(frozen=True, slots=True)
class FilmModel:
    """One task with what the current tab needs. `mark`: version tag of its lines, speakers, edits and reports."""

    task: Task
    language: str
    mark: str = ""
    remaining_s: float | None = None
    position: int | None = None  # in the queue, from 1
    runs: tuple[StageRun, ...] = ()
    lines: tuple[LineRow, ...] = ()
    deleted: tuple[DeletedLine, ...] = ()  # lines that the dub lacks for that
    parts: Set[DubPart] = frozenset()  # of the dub that are files of their own
    cast: Cast = field(default_factory=lambda: Cast((), {}))
    reports: Mapping[str, str] = field(default_factory=dict)
    revision: ScriptRevision = field(default_factory=ScriptRevision)
    reviews: tuple[LineReview, ...] = ()
    glossary: GlossaryCheck | None = None
    glossary_problem: str = ""  # set where a glossary cannot be used
    log: tuple[str, ...] = ()

    @property
    def names(self) -> Mapping[str, str]:
        """Speaker label → display name."""
        return name_speakers(self.cast)

    @property
    def speaker_count(self) -> int:
        """Number of speakers, those merged into one counted once; before the cast is known, those of the lines."""
        return count_speakers(self.cast) or len({line.speaker for line in self.lines})


@dataclass(frozen=True, slots=True)
class SystemModel:
    """Status of the service, and the tail of its log."""

    system: service_status.SystemStatus
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingsModel:
    """The settings page, whose values the page's script reads over the API."""


@dataclass(frozen=True, slots=True)
class LibraryModel:
    """The library page, whose films the page's script reads over the API."""


@dataclass(frozen=True, slots=True)
class NotFoundModel:
    """A route without content; `reason` for display."""

    reason: str


@dataclass(frozen=True, slots=True)
class PageModel:
    """A page at one moment. `connection_error`: set while the rest is stale; `content`: None before the first answer."""

    at: datetime  # UTC, naive, as the tasks' times
    route: Route
    queue: Mapping[str, int] = field(default_factory=dict)
    health: Health | None = None
    connection_error: str | None = None
    content: FilmListModel | FilmModel | SystemModel | SettingsModel | LibraryModel | NotFoundModel | None = None
