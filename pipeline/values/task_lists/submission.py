"""The answer to a request for a dub."""

from dataclasses import dataclass

from pipeline.values.tasks import Task


@dataclass(frozen=True, slots=True)
class Submission:
    """Answer to a request for a dub: its task."""

    task: Task
    queued: bool  # True if the task was created or queued again for this request
    created: bool = False  # True if it is a new one
