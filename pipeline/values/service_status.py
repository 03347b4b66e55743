"""System status as values: engines, workers, cluster, disk, finished films, failures, and the speed of stages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

# Display names of the engines' roles.
ROLE_LABELS = {
    "separator": "Source separation",
    "transcriber": "Speech recognition",
    "aligner": "Forced alignment",
    "diarizer": "Speaker diarization",
    "translator": "Translation",
    "synthesizer": "Speech synthesis",
    "language model": "Language model",
}
# Role → key of its engine in /health, which is also the name of its deployment.
HEALTH_KEYS = {
    "separator": "separation",
    "transcriber": "whisper",
    "aligner": "alignment",
    "diarizer": "diarization",
    "translator": "llm",
    "synthesizer": "tts",
}
ENGINE_LABELS = {key: ROLE_LABELS[role] for role, key in HEALTH_KEYS.items()}
OPTIONAL_ROLES = frozenset({"separator", "aligner"})  # a profile may have no engine for them
REQUIRED_HEALTH_KEYS = tuple(
    key for role, key in HEALTH_KEYS.items() if role not in OPTIONAL_ROLES
)  # OFF where a profile has none


@dataclass(frozen=True, slots=True)
class EngineState:
    """State of the engine of one role. `running`, `starting`: replicas now; `most`: the upper limit.

    `num_gpus`, `num_cpus`: of one replica, as Ray counts them. `in_flight`: calls that its replicas answer now;
    `waiting`: queued calls.
    """

    role: str  # separator, transcriber, aligner, diarizer, translator, synthesizer, or "language model" (used by a translator)
    deployment: str  # as Serve and /health name it
    engine: str  # "none" where the role has no engine
    status: str  # READY, LOADING, IDLE (scaled to zero), ERROR, OFF (the role has no engine)
    trouble: str | None = None  # why it does not work, with the way out
    running: int = 0
    starting: int = 0
    most: int = 0
    num_gpus: float = 0.0
    num_cpus: float = 0.0
    in_flight: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Workers:
    """Replicas of the worker, each of which dubs one film at a time. `alive`: True if a heartbeat arrived recently.

    `stopping`: replicas that are no longer needed, and finish their film.
    """

    alive: bool
    running: int = 0
    starting: int = 0
    most: int = 0
    num_cpus: float = 0.0  # of one
    stopping: int = 0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Machines and free resources as Ray counts them. A share is taken for as long as the replica that requires it exists."""

    nodes: int  # alive
    cpus: float
    cpus_free: float
    gpus: float
    gpus_free: float


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Disk use of the volume of the data folder, in bytes. `parts`: database, artifacts, dubs, videos.

    `parts` is empty until they were first measured. False `complete`: counting was stopped early, and they are larger.
    """

    path: Path
    total: int
    free: int
    parts: tuple[tuple[str, int], ...] = ()
    complete: bool = True
    trouble: str | None = None  # advice where little is free
    cache_check: str | None = None  # result of the last check of all cached files by their content


@dataclass(frozen=True, slots=True)
class FinishedFilm:
    """A finished film. `work_seconds`: working time of the stages that made its dubs; stages that ran in parallel
    count once, answers from the cache and failed runs do not count.
    """

    task_id: int
    finished_at: datetime  # UTC
    film_seconds: float
    work_seconds: float
    languages: int  # number of dubs

    @property
    def factor(self) -> float:
        """Real-time factor: seconds of work for a second of film in one language. Below 1 is faster than real time."""
        return self.work_seconds / (self.film_seconds * self.languages)


@dataclass(frozen=True, slots=True)
class Failure:
    """Failure of a task: one sentence with the way out. `survived`: a later attempt succeeded."""

    task_id: int
    name: str  # of the film's file
    at: datetime  # UTC
    error: str
    survived: bool = False


@dataclass(frozen=True, slots=True)
class StageSpeeds:
    """Speed of stages: stage → seconds of work for a second of film, medians over the last `films` finished films.

    `film`: stages of the film itself; `language`: stages of each dub. Stages that were not measured are absent.
    """

    film: Mapping[str, float] = field(default_factory=dict)
    language: Mapping[str, float] = field(default_factory=dict)
    films: int = 0


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """Status of the whole system at one moment."""

    at: datetime  # UTC
    engines: tuple[EngineState, ...]
    workers: Workers
    cluster: Cluster
    disk: DiskUse
    queue: Mapping[str, int] = field(default_factory=dict)  # tasks in each state
    finished: tuple[FinishedFilm, ...] = ()  # the oldest first
    failures: tuple[Failure, ...] = ()  # the latest first
    pace: StageSpeeds = field(default_factory=StageSpeeds)
    deliveries: str | None = None  # sentence about messages to other applications that failed and wait; None: none did
