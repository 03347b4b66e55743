"""System status route, `GET /api/system`. Sizes in bytes, times in UTC, durations in seconds."""

from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from pipeline.values.service_status import DiskUse, SystemStatus
from pipeline.values.tasks import TaskStatus
from serve.http.dependencies import ContextDependency
from serve.http.schemas import Time

router = APIRouter(prefix="/api", tags=["resources"])


class ValueModel(BaseModel):
    """Model that is read from a value with the same field names."""

    model_config = ConfigDict(from_attributes=True)


class EngineOut(ValueModel):
    """Engine of one role: its replicas, their resources, and the calls in flight or waiting."""

    role: str
    deployment: str
    engine: str
    status: str
    trouble: str | None
    running: int
    starting: int
    most: int
    num_gpus: float
    num_cpus: float
    in_flight: int
    waiting: int


class WorkersOut(ValueModel):
    """Workers, each dubbing one film at a time. `stopping`: those that are no longer needed, and finish their film."""

    alive: bool
    running: int
    starting: int
    stopping: int
    most: int
    num_cpus: float


class ClusterOut(ValueModel):
    """Nodes and resources of the Ray cluster."""

    nodes: int
    cpus: float
    cpus_free: float
    gpus: float
    gpus_free: float


class DiskOut(BaseModel):
    """Disk usage of the data folder's volume; `parts` (bytes by folder) is empty until first measured.

    `cache_check`: result of the last check of all cached files by their content (`SCRUB_DAYS`).
    """

    path: str
    total: int
    free: int
    parts: dict[str, int]
    complete: bool
    trouble: str | None
    cache_check: str | None

    @classmethod
    def of(cls, disk: DiskUse) -> Self:
        """Convert from the value."""
        rest = {name: getattr(disk, name) for name in ("total", "free", "complete", "trouble", "cache_check")}
        return cls(path=str(disk.path), parts=dict(disk.parts), **rest)


class FinishedOut(ValueModel):
    """A finished task. `factor`: seconds of work per second of film and language."""

    task_id: int
    finished_at: Time
    film_seconds: float
    work_seconds: float
    languages: int
    factor: float


class FailureOut(ValueModel):
    """A failed stage of a task. `survived`: a later attempt succeeded."""

    task_id: int
    name: str
    at: Time
    error: str
    survived: bool


class PaceOut(ValueModel):
    """Seconds of work per second of film, by stage: medians over the last `films` finished films."""

    films: int
    film: dict[str, float]
    language: dict[str, float]


class SystemOut(BaseModel):
    """The state of the system at one moment. `deliveries`: sentence about messages to other applications that failed and wait."""

    at: Time
    engines: list[EngineOut]
    workers: WorkersOut
    cluster: ClusterOut
    disk: DiskOut
    queue: dict[TaskStatus, int]
    finished: list[FinishedOut]
    failures: list[FailureOut]
    pace: PaceOut
    deliveries: str | None

    @classmethod
    def of(cls, system: SystemStatus) -> Self:
        """Convert from the value."""
        return cls(
            at=system.at,
            engines=[EngineOut.model_validate(engine) for engine in system.engines],
            workers=WorkersOut.model_validate(system.workers),
            cluster=ClusterOut.model_validate(system.cluster),
            disk=DiskOut.of(system.disk),
            queue={TaskStatus(status): count for status, count in system.queue.items()},
            finished=[FinishedOut.model_validate(each) for each in system.finished],
            failures=[FailureOut.model_validate(each) for each in system.failures],
            pace=PaceOut.model_validate(system.pace),
            deliveries=system.deliveries,
        )


@router.get("/system")
def get_system(context: ContextDependency) -> SystemOut:
    """System status: engines, disk, finished tasks, failures, and speed of the stages."""
    return SystemOut.of(context.system())
