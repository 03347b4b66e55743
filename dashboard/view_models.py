"""Boards: all that a tab shows at one moment. Values only; the views draw them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.service import Languages
from dashboard.urls import Route
from pipeline.values import service_status as system
from pipeline.values.edits import Cast
from pipeline.values.tasks import Health, LineRow, StageRun, Task


def name_speakers(cast: Cast) -> dict[str, str]:
    """Label → what a speaker is called: by people, else by a number, by who says most."""
    return {member.label: member.name or f"Speaker {number}" for number, member in enumerate(cast.members, 1)}


@dataclass(frozen=True, slots=True)
class FilmListModel:
    """A page of the list. `left`: seconds that tasks still take, where that is known."""

    tasks: tuple[Task, ...] = ()
    total: int = 0
    offset: int = 0  # of the first one shown
    remaining_s: Mapping[int, float] = field(default_factory=dict)
    languages: Languages = field(default_factory=Languages)


@dataclass(frozen=True, slots=True)
class FilmModel:
    """One task, with what the part of its page that is looked at needs. `mark` changes whenever its lines or edits do."""

    task: Task
    language: str
    mark: str = ""
    remaining_s: float | None = None
    runs: tuple[StageRun, ...] = ()
    lines: tuple[LineRow, ...] = ()
    cast: Cast = field(default_factory=lambda: Cast((), {}))
    reports: Mapping[str, str] = field(default_factory=dict)
    log: tuple[str, ...] = ()

    @property
    def names(self) -> Mapping[str, str]:
        """Label → what the speaker is called."""
        return name_speakers(self.cast)


@dataclass(frozen=True, slots=True)
class SystemModel:
    """The service's state and the end of its log."""

    system: system.System
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotFoundModel:
    """There is nothing at this place; `reason` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class PageModel:
    """What is seen from a place. `trouble`: why it is not of this moment; `shown`: None until the service answered."""

    at: datetime  # UTC, without zone as the tasks' times
    route: Route
    queue: Mapping[str, int] = field(default_factory=dict)
    health: Health | None = None
    trouble: str | None = None
    content: FilmListModel | FilmModel | SystemModel | NotFoundModel | None = None
