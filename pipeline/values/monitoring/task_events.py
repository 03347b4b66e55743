"""Events of tasks, in the order of the store's commits: one class per kind, and batches of recorded events."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.values.tasks import Progress, StageRun, TaskStatus


class EventKind(StrEnum):
    """Kinds of events."""

    ADDED = "added"
    STATUS = "status"
    PROGRESS = "progress"
    STAGE = "stage"
    NOTES = "notes"
    EDITED = "edited"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class TaskAdded:
    """A task was created, in QUEUED. `path`: of its film."""

    task_id: int
    path: str
    target_langs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A task has another status, or was claimed again. `error`: of ERROR, CANCELLED and SKIPPED."""

    task_id: int
    status: TaskStatus
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ProgressMade:
    """A running task made progress."""

    task_id: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A run of a stage began or ended."""

    task_id: int
    run: StageRun


@dataclass(frozen=True, slots=True)
class NotesWritten:
    """The notes on the dub of one language were written: how many, and how many of them are warnings."""

    task_id: int
    language: str
    notes: int
    warnings: int


@dataclass(frozen=True, slots=True)
class TaskEdited:
    """Something else of a task changed: an edit, a review, its priority, its path, facts about its film."""

    task_id: int


@dataclass(frozen=True, slots=True)
class TaskDeleted:
    """A task was deleted."""

    task_id: int


TaskEvent = TaskAdded | StatusChanged | ProgressMade | StageChanged | NotesWritten | TaskEdited | TaskDeleted

KINDS: dict[type[TaskEvent], EventKind] = {
    TaskAdded: EventKind.ADDED,
    StatusChanged: EventKind.STATUS,
    ProgressMade: EventKind.PROGRESS,
    StageChanged: EventKind.STAGE,
    NotesWritten: EventKind.NOTES,
    TaskEdited: EventKind.EDITED,
    TaskDeleted: EventKind.DELETED,
}


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """Event with its id, which grows with every event, also across restarts of the store, and the time of its commit (UTC)."""

    id: int
    at: datetime
    event: TaskEvent

    @property
    def kind(self) -> EventKind:
        """The kind of the event."""
        return KINDS[type(self.event)]


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events after an id. `oldest`: the oldest id after which every event is still known; `newest`: that of the last event.

    Where the id that was asked for lies outside of `oldest`..`newest`, events were lost, and `events` are all that are known.
    """

    oldest: int
    newest: int
    events: tuple[RecordedEvent, ...] = ()

    def follows(self, event_id: int) -> bool:
        """Return True where no event between `event_id` and this batch was lost."""
        return self.oldest <= event_id <= self.newest
