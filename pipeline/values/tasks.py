"""Values about tasks: a film queued to be dubbed, and what was done for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from pathlib import Path

from pipeline.values.edits import Edit


class TaskStatus(StrEnum):
    """QUEUED → PROCESSING → DONE | ERROR."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    ERROR = "ERROR"


class Priority(IntEnum):
    """Whose turn comes first: somebody waits for an interactive task; one of a library in bulk fills the time between."""

    INTERACTIVE = 0
    BULK = 1


class StageStatus(StrEnum):
    """What became of one run of a stage."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Progress:
    """Completed stages of all stages the task will run, and the one that runs now ("" before the first).

    `part`: how much of that one is done, 0..1; 0.0 where nobody can say.
    """

    done: int = 0
    total: int = 0
    stage: str = ""
    part: float = 0.0


@dataclass(frozen=True, slots=True)
class DubRequest:
    """What somebody wants of a film. `speakers`: how many speak, where somebody knows. `origin`: who asked, such as
    "upload", "webhook", "sonarr/12" or "radarr/7" (the series or film to rescan afterwards).
    """

    path: Path  # real path
    size: int  # bytes
    mtime_ns: int
    target_langs: tuple[str, ...]  # BCP 47
    source_lang: str | None = None
    duration: float | None = None  # seconds
    has_subtitles: bool = False
    speakers: int | None = None
    origin: str = ""
    priority: Priority = Priority.INTERACTIVE


@dataclass(frozen=True, slots=True)
class Task:
    """One film queued. Times are UTC."""

    id: int
    path: Path
    size: int
    mtime_ns: int
    status: TaskStatus
    source_lang: str | None  # as asked for, else as found out
    asked_lang: str | None  # what somebody said the film speaks
    target_langs: tuple[str, ...]
    duration: float | None
    has_subtitles: bool
    speakers: int | None
    origin: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    progress: Progress
    attempts: int
    error: str | None
    output: Path | None
    owner: str | None  # the worker that leases it, as serve/worker/worker_id.py names it
    lost: int = 0  # workers in a row that ended without a word while they had it
    priority: Priority = Priority.INTERACTIVE


@dataclass(frozen=True, slots=True)
class Submission:
    """The answer to a wish: the task, and whether it was made or queued again for it."""

    task: Task
    queued: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's right to a task. Every write shows `token`; a stale one is refused (fencing)."""

    task_id: int
    token: int


@dataclass(frozen=True, slots=True)
class StageRun:
    """One run of a stage in one attempt at a task. `executed` and `reused` count answers made and answers from the cache
    (a stage that runs per line has many); it is `cached` when nothing had to be made.
    """

    name: str
    language: str | None
    attempt: int
    status: StageStatus
    started_at: datetime
    seconds: float = 0.0
    executed: int = 0
    reused: int = 0
    error: str | None = None

    @property
    def cached(self) -> bool:
        """Whether there were answers, and every one came from the cache."""
        return self.status is StageStatus.DONE and self.executed == 0 and self.reused > 0


@dataclass(frozen=True, slots=True)
class CacheRow:
    """A stage's answer as JSON under its key, and the files it speaks of (relative to the artifacts folder)."""

    key: str
    stage: str
    answer: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a finished dub, as shown and edited. Seconds from the start of the film; `audio` is its take.

    One that was left to the original has no take: `audio` is empty, `dub_seconds` 0. `subtitled`: it is one of the subtitles
    in the dub's own language, which are counted by themselves. `edit`: what people want of it, which may not be dubbed yet.
    """

    number: int
    language: str
    speaker: str | None
    start: float  # of the source line
    end: float
    latest_end: float  # of the slot
    source_text: str
    text: str
    text_source: str
    dub_start: float
    dub_seconds: float
    rate: float
    stretch: float
    audio: str
    subtitled: bool = False
    edit: Edit | None = None

    @property
    def skip(self) -> bool:
        """Whether the dub leaves it to the original because somebody wanted that."""
        return self.text_source == "skip"


@dataclass(frozen=True, slots=True)
class SpeakerRow:
    """Somebody in a film, as the diarizer `engine` told; `clip`: the reference clip, relative to the artifacts folder."""

    label: str
    seconds: float
    pitch: float | None  # Hz
    formants: float | None  # Hz between them
    embedding: tuple[float, ...]
    engine: str  # its fingerprint: embeddings of two engines tell nothing of each other
    clip: str | None = None


@dataclass(frozen=True, slots=True)
class TranslationRow:
    """What the translation of a dub cost a language model, all of its passages together."""

    engine: str  # fingerprint
    lines: int
    untranslated: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is. `engine_statuses`: whisper, diarization, llm, tts → READY, LOADING, IDLE, ERROR or OFF."""

    worker_alive: bool
    engine_statuses: Mapping[str, str]
