"""Totals of the store for metrics: tasks by state and priority, and counters that only grow."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.values.monitoring.outbox import OutboxStatus
from pipeline.values.tasks import Priority, TaskStatus

# Upper bounds of the histogram of stage runs, seconds: from a cached-size file operation to hours of speech synthesis.
STAGE_BUCKETS_S = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0)


NO_MESSAGES = OutboxStatus()


@dataclass(frozen=True, slots=True)
class StageTotal:
    """Total of the runs of one stage with one engine. `engine`: its name, "" for a stage without one.

    `runs`: upper bound in seconds → runs that computed something and took as long at most, but longer than the bound before;
    inf for longer ones. `executed`, `reused`: answers that were computed, and that came from the cache.
    """

    stage: str
    engine: str
    runs: Mapping[float, int]
    seconds: float
    executed: int
    reused: int


@dataclass(frozen=True, slots=True)
class EndedTotal:
    """Total of tasks that ended in one status for one reason. `reason`: the class of the error, "" for DONE.

    `film_seconds` (times languages), `work_seconds` and `lines` are those of dubs of which most was computed, not cached.
    """

    status: TaskStatus
    reason: str
    tasks: int
    film_seconds: float
    work_seconds: float
    lines: int


@dataclass(frozen=True, slots=True)
class StoreTotals:
    """Totals of the store at one moment. `tasks`: (status, priority) → number of tasks."""

    tasks: Mapping[tuple[TaskStatus, Priority], int]
    stages: tuple[StageTotal, ...]
    ended: tuple[EndedTotal, ...]
    outbox: OutboxStatus = NO_MESSAGES
