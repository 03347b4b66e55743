"""Tasks as values: the request for a dub, the queued task with its lease and progress, its stage runs, lines and speakers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from pathlib import Path

from pipeline.values.edits import Edit
from pipeline.values.preferences.dub_preferences import NO_PREFERENCES, DubPreferences
from pipeline.values.preview import PreviewRange
from pipeline.values.track_selection import TrackSelection


class TaskStatus(StrEnum):
    """Status of a task: QUEUED → PROCESSING → DONE | ERROR | CANCELLED | SKIPPED (the film needs no dub)."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"
    SKIPPED = "SKIPPED"

    @property
    def is_active(self) -> bool:
        """True while the task waits or runs: it can be cancelled."""
        return self in {TaskStatus.QUEUED, TaskStatus.PROCESSING}

    @property
    def can_retry(self) -> bool:
        """True if the task ended without a dub: a retry queues it again."""
        return not self.is_active and self is not TaskStatus.DONE


class Priority(IntEnum):
    """Priority in the queue: interactive tasks first; bulk tasks (a whole library) run in between."""

    INTERACTIVE = 0
    BULK = 1


class StageStatus(StrEnum):
    """Status of one run of a stage."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a task: completed stages, all stages that it will run, and the stage that runs now ("" before the first)."""

    done: int = 0
    total: int = 0
    stage: str = ""
    part: float = 0.0  # the done fraction of that stage, 0..1; 0.0 where it is unknown


@dataclass(frozen=True, slots=True)
class DubRequest:
    """Request for a dub of a film. `origin`: its source, such as "webhook", "sonarr/12" or "radarr/7" (the series or film to rescan
    afterwards). `audio_track`, `subtitle_track`: chosen by a person, as in `TrackSelection`; None: by Dubarr. `not_before`: time (UTC)
    before which no worker begins, of a file that may still grow. `rule`: that was applied; `preferences`: its voices and engines.
    `callback`: URL that the task's end is POSTed to.
    """

    path: Path  # real path
    size: int  # bytes
    mtime_ns: int
    target_langs: tuple[str, ...]  # BCP 47
    source_lang: str | None = None
    duration: float | None = None  # seconds
    has_subtitles: bool = False
    speakers: int | None = None  # their number
    origin: str = ""
    priority: Priority = Priority.INTERACTIVE
    audio_track: int | None = None
    subtitle_track: str | None = None
    not_before: datetime | None = None
    preview: PreviewRange | None = None  # the part to dub; None: the whole film
    glossary: str = ""
    rule: str = ""
    callback: str = field(default="", repr=False)  # its query may hold a secret
    preferences: DubPreferences = NO_PREFERENCES


@dataclass(frozen=True, slots=True)
class Task:
    """One film in the queue. Times are UTC. `warnings`: notes on its dubs that are warnings, each counted once."""

    id: int
    path: Path
    size: int
    mtime_ns: int
    status: TaskStatus
    source_lang: str | None  # as requested, else as detected
    asked_lang: str | None  # the film's language as given in the request
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
    owner: str | None  # id of the worker that holds the lease (serve/worker/worker_id.py)
    lost: int = 0  # workers in a row that died while they held its lease
    priority: Priority = Priority.INTERACTIVE
    not_before: datetime | None = None  # of a file that may still grow
    audio_track: int | None = None
    subtitle_track: str | None = None
    warnings: int = 0
    preview: PreviewRange | None = None  # the part that was asked for as a preview
    preview_only: bool = False  # the task dubs that part alone
    preview_lines: bool = False  # its lines and edits are those of the preview, which has its own times and numbers
    rule: str = ""  # name of the rule that was applied to its request
    callback: str = field(default="", repr=False)  # URL that its end is POSTed to
    preferences: DubPreferences = NO_PREFERENCES  # of that rule

    @property
    def selection(self) -> TrackSelection:
        """The tracks that a person chose."""
        return TrackSelection(self.audio_track, self.subtitle_track)


@dataclass(frozen=True, slots=True)
class Lease:
    """Lease of a task, held by a worker. Every write presents `token`, the fencing token; a stale one is refused."""

    task_id: int
    token: int


@dataclass(frozen=True, slots=True)
class StageRun:
    """One run of a stage in one attempt at a task. `executed`, `reused`: answers that were computed, or came from the cache."""

    name: str
    language: str | None
    attempt: int
    status: StageStatus
    started_at: datetime
    seconds: float = 0.0
    executed: int = 0
    reused: int = 0
    error: str | None = None
    cpu_seconds: float = 0.0  # of all processes; 0 in runs of an older release
    gpu_seconds: float = 0.0  # the same
    engine: str = ""  # name of the one that the stage asks, "" for none

    @property
    def cached(self) -> bool:
        """True if there were answers, and every one came from the cache."""
        return self.status is StageStatus.DONE and self.executed == 0 and self.reused > 0


@dataclass(frozen=True, slots=True)
class CacheRow:
    """Cached answer of a stage: JSON under its key, and the files it refers to (relative to the artifacts folder)."""

    key: str
    stage: str
    answer: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a finished dub, as displayed and edited. Seconds from the start of the film; `audio` is its take, empty where the
    original audio is kept. `subtitled`: of subtitles in the dub's own language, which are numbered by themselves.
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
    edit: Edit | None = None  # may not be dubbed yet
    confidence: float | None = None  # of the recognition of its source, 0..1
    risk: float | None = None  # probability that it is wrong; None in a dub of an older release
    reasons: tuple[str, ...] = ()  # of the risk

    @property
    def skip(self) -> bool:
        """True if the line keeps the original audio because of an edit."""
        return self.text_source == "skip"


@dataclass(frozen=True, slots=True)
class SpeakerRow:
    """A speaker of a film, as found by a diarizer; `clip`: the reference clip, relative to the artifacts folder."""

    label: str
    seconds: float
    pitch: float | None  # Hz
    formants: float | None  # Hz between them
    embedding: tuple[float, ...]
    engine: str  # fingerprint of the diarizer: embeddings of two engines cannot be compared
    clip: str | None = None
    first_start: float | None = None  # s of the film: of their first line as it was found; None in a dub of an older release


class DubPart(StrEnum):
    """Parts of a finished dub that are files of their own, each as long as the film."""

    MIX = "mix"  # the encoded track
    VOICES = "voices"
    BACKGROUND = "background"  # the film's without its voices, where a separator ran
    MUSIC = "music"  # of the background, where the separator's model has music and effects
    EFFECTS = "effects"


@dataclass(frozen=True, slots=True)
class TranslationRow:
    """Token usage and time of a dub's translation by a language model, summed over all passages."""

    engine: str  # fingerprint
    lines: int
    untranslated: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Health:
    """Health of the service. `engine_statuses`: whisper, diarization, llm, tts → READY, LOADING, IDLE, ERROR or OFF."""

    worker_alive: bool
    engine_statuses: Mapping[str, str]
    workers: int = 0  # whose heartbeat is recent
