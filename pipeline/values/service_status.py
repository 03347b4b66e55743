"""Values about the system as a whole: its engines, its disk, what it finished, what failed, and how fast it works."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EngineState:
    """The engine of one role. `running`, `starting`: replicas now, `most`: as many as there may be.

    `num_gpus`, `num_cpus`: what one replica takes of Ray's count. `in_flight`: calls that its replicas answer now;
    `waiting`: calls beyond what they answer at a time.
    """

    role: str  # separator, transcriber, diarizer, translator, synthesizer, or "language model": what a translator asks
    deployment: str  # as Serve and /health name it
    engine: str  # "none" where nobody plays the role
    status: str  # READY, LOADING, IDLE (scaled to zero), ERROR, OFF (nobody plays the role)
    trouble: str | None = None  # why it cannot work, and the way out
    running: int = 0
    starting: int = 0
    most: int = 0
    num_gpus: float = 0.0
    num_cpus: float = 0.0
    in_flight: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Workers:
    """Who dubs: each replica one film at a time. `alive`: whether one gave a sign of life lately."""

    alive: bool
    running: int = 0
    starting: int = 0
    most: int = 0
    num_cpus: float = 0.0  # of one


@dataclass(frozen=True, slots=True)
class Cluster:
    """The machines and what of Ray's count is taken. A share counts as taken while a replica that wants it is there."""

    nodes: int  # alive
    cpus: float
    cpus_free: float
    gpus: float
    gpus_free: float


@dataclass(frozen=True, slots=True)
class DiskUse:
    """The volume of the data folder, in bytes, and what of it is ours: database, artifacts, dubs, videos.

    `parts` is empty until they were first measured. Where `complete` is not, counting was given up and they are larger.
    """

    path: Path
    total: int
    free: int
    parts: tuple[tuple[str, int], ...] = ()
    complete: bool = True
    trouble: str | None = None  # what to do when little is free


@dataclass(frozen=True, slots=True)
class Finished:
    """A film that was dubbed. `work_seconds`: how long the stages that made its dubs were at work; what ran side by side
    counts once, what came from the cache or was made in vain does not count.
    """

    task_id: int
    finished_at: datetime  # UTC
    film_seconds: float
    work_seconds: float
    languages: int  # how many it was dubbed into

    @property
    def factor(self) -> float:
        """Real-time factor: seconds of work for a second of film in one language. Below 1 is faster than watching."""
        return self.work_seconds / (self.film_seconds * self.languages)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with a film, in a sentence that says the way out. `survived`: a later try got past it."""

    task_id: int
    name: str  # of the film's file
    at: datetime  # UTC
    error: str
    survived: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast stages work: stage → seconds of work for a second of film, medians over the last `films` finished films.

    `film`: stages of the film itself; `language`: stages of each dub. A stage that is not there was not seen at work.
    """

    film: Mapping[str, float] = field(default_factory=dict)
    language: Mapping[str, float] = field(default_factory=dict)
    films: int = 0


@dataclass(frozen=True, slots=True)
class System:
    """All of it at one moment."""

    at: datetime  # UTC
    engines: tuple[EngineState, ...]
    workers: Workers
    cluster: Cluster
    disk: DiskUse
    queue: Mapping[str, int]  # tasks in each state
    finished: tuple[Finished, ...] = ()  # the oldest first
    failures: tuple[Failure, ...] = ()  # the latest first
    pace: Pace = field(default_factory=Pace)
