"""`GET /api/system`: the state of the system as JSON. Sizes in bytes, times UTC, everything else in seconds."""

from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from pipeline.values.service_status import DiskUse, System
from pipeline.values.tasks import TaskStatus
from serve.http.dependencies import Asking
from serve.http.schemas import Time

router = APIRouter(prefix="/api", tags=["resources"])


class Told(BaseModel):
    """Read from a value with the same names."""

    model_config = ConfigDict(from_attributes=True)


class EngineOut(Told):
    """The engine of one role: its replicas, what each takes, and the calls that are answered now or wait."""

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


class WorkersOut(Told):
    """Who dubs, each one film at a time."""

    alive: bool
    running: int
    starting: int
    most: int
    num_cpus: float


class ClusterOut(Told):
    """The machines, and what of Ray's count is taken."""

    nodes: int
    cpus: float
    cpus_free: float
    gpus: float
    gpus_free: float


class DiskOut(BaseModel):
    """The volume of the data folder, and what of it is ours; `parts` is empty until they were first counted."""

    path: str
    total: int
    free: int
    parts: dict[str, int]
    complete: bool
    trouble: str | None

    @classmethod
    def of(cls, disk: DiskUse) -> Self:
        """From the value."""
        rest = {name: getattr(disk, name) for name in ("total", "free", "complete", "trouble")}
        return cls(path=str(disk.path), parts=dict(disk.parts), **rest)


class FinishedOut(Told):
    """A film that was dubbed. `factor`: seconds of work for a second of film in one language."""

    task_id: int
    finished_at: Time
    film_seconds: float
    work_seconds: float
    languages: int
    factor: float


class FailureOut(Told):
    """What went wrong with a film. `survived`: a later try got past it."""

    task_id: int
    name: str
    at: Time
    error: str
    survived: bool


class PaceOut(Told):
    """Seconds of work for a second of film, by stage: medians over the last `films` finished films."""

    films: int
    film: dict[str, float]
    language: dict[str, float]


class SystemOut(BaseModel):
    """The state of the system at one moment."""

    at: Time
    engines: list[EngineOut]
    workers: WorkersOut
    cluster: ClusterOut
    disk: DiskOut
    queue: dict[TaskStatus, int]
    finished: list[FinishedOut]
    failures: list[FailureOut]
    pace: PaceOut

    @classmethod
    def of(cls, system: System) -> Self:
        """From the value."""
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
        )


@router.get("/system")
def system(context: Asking) -> SystemOut:
    """How the system is: engines, disk, what was finished lately, what failed, and how fast stages work."""
    return SystemOut.of(context.system())
