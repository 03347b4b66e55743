"""Outbox as values: messages about ended tasks that wait for their delivery to other applications."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pipeline.values.preview import PreviewRange
from pipeline.values.tasks import Task, TaskStatus


class Receiver(StrEnum):
    """Receivers of messages, in the order in which those of one task are sent."""

    CALLBACK = "callback"  # of the task
    COMPLETION = "completion"  # COMPLETION_URL
    PLEX = "plex"
    JELLYFIN = "jellyfin"
    ARR = "arr"  # Sonarr or Radarr, where the task came from

    @property
    def label(self) -> str:
        """Name in a sentence."""
        labels = {
            Receiver.CALLBACK: "The callback",
            Receiver.COMPLETION: "The completion webhook",
            Receiver.ARR: "Sonarr or Radarr",
        }
        return labels.get(self, self.title())


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """The end of a task as it is told to others: unaffected by what becomes of the task later."""

    id: int
    path: Path  # of the film
    status: TaskStatus
    target_langs: tuple[str, ...]
    output: Path | None
    error: str | None = None
    origin: str = ""
    preview: PreviewRange | None = None
    preview_only: bool = False
    callback: str = field(default="", repr=False)  # its query may hold a secret

    @classmethod
    def of(cls, task: Task) -> "TaskEnd":
        """The end of a task that has ended."""
        return cls(
            *(task.id, task.path, task.status, task.target_langs, task.output, task.error, task.origin),
            preview=task.preview,
            preview_only=task.preview_only,
            callback=task.callback,
        )


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message in the outbox. `id`: the same in every attempt, so that a receiver can tell a repetition; `attempts`: with the one
    that this claim is for, from 1.
    """

    id: str
    receiver: Receiver
    end: TaskEnd
    attempts: int
    created_at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """The outbox at one moment. `last_error`: of the message that failed last among those that wait; it names its receiver."""

    waiting: Mapping[Receiver, int] = field(default_factory=dict)
    oldest_at: datetime | None = None  # UTC: when the message that has waited longest was written
    last_error: str | None = None

    @property
    def total(self) -> int:
        """Number of messages that wait."""
        return sum(self.waiting.values())

    def describe_trouble(self) -> str | None:
        """Describe the deliveries that failed, in a sentence; None where none did."""
        if self.last_error is None:
            return None
        messages = "1 message waits" if self.total == 1 else f"{self.total} messages wait"
        return f"{messages} for delivery to other applications; the last that failed: {self.last_error}"
