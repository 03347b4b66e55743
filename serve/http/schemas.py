"""Request and response schemas of the API, as pydantic models. Not used below the HTTP layer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from pipeline.ffmpeg.ffprobe import MAX_TRACKS
from pipeline.outputs.sidecar_dubs import list_outputs
from pipeline.text.glossary import MAX_TASK_GLOSSARY_BYTES, require_task_glossary
from pipeline.values.notes import DubNote
from pipeline.values.preview import PreviewRange
from pipeline.values.script import ScriptRevision
from pipeline.values.service_status import ENGINE_LABELS
from pipeline.values.tasks import Health, StageRun, StageStatus, Task, TaskStatus
from pipeline.values.track_selection import MAX_CHOICE_CHARACTERS, TrackSelection
from serve.http.line_schemas import NoteOut
from serve.http.script_schemas import ScriptRevisionOut
from serve.intake.dub_options import MAX_SPEAKERS, PRIORITY_NAMES, PriorityName


def _zulu(at: datetime) -> str:
    """Format a naive UTC time as ISO 8601 with Z."""
    return at.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Time = Annotated[datetime, PlainSerializer(_zulu, return_type=str)]
Tag = Annotated[str, Field(min_length=2, max_length=35, examples=["es"])]
Tags = Annotated[list[Tag], Field(max_length=50)]
PreviewTime = Annotated[str, Field(min_length=1, max_length=12)]
Speakers = Annotated[int, Field(ge=1, le=MAX_SPEAKERS)]
AudioTrackNumber = Annotated[int, Field(ge=0, le=MAX_TRACKS, description="number among the film's audio tracks, from 1")]
SubtitleChoice = Annotated[
    int | Annotated[str, Field(max_length=MAX_CHOICE_CHARACTERS)],
    Field(description="number among the film's subtitle tracks, from 1; a file beside it or a path; none: speech recognition"),
]

GlossaryText = Annotated[
    str,
    Field(
        max_length=MAX_TASK_GLOSSARY_BYTES,
        description='terms of this film, `[es:] term [= translation] [[IPA]] ["respelling"]` a line; before the library\'s',
    ),
    AfterValidator(require_task_glossary),
]


class PreviewIn(BaseModel):
    """The part of a film to dub before the rest. Times in seconds, or as MM:SS or HH:MM:SS."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: Annotated[float | PreviewTime, Field(alias="from", description="where it begins", examples=[600, "10:00"])] = 0.0
    end: Annotated[float | PreviewTime, Field(alias="until", description="where it ends", examples=[900, "15:00"])]

    @model_validator(mode="after")
    def require_range(self) -> Self:
        """Refuse what is no range of a film."""
        self.to_range()
        return self

    def to_range(self) -> PreviewRange:
        """Convert to the value. ValueError."""
        return PreviewRange.parse(str(self.start), str(self.end))


class PreviewOut(BaseModel):
    """The part of a film that is dubbed as a preview, in seconds."""

    model_config = ConfigDict(populate_by_name=True)

    start: Annotated[float, Field(alias="from")]
    end: Annotated[float, Field(alias="until")]


class HealthOut(BaseModel):
    """Health of the service. `engine_roles`: display name of the role of each engine in `engine_statuses`. `workers`: alive now."""

    status: Literal["online"] = "online"
    worker_alive: bool
    queue_stats: dict[TaskStatus, int]
    engine_statuses: dict[str, str]
    engine_roles: dict[str, str]
    workers: int

    @classmethod
    def of(cls, health: Health, queue_stats: Mapping[str, int]) -> Self:
        """Convert from the values."""
        stats = {TaskStatus(status): count for status, count in queue_stats.items()}
        now, alive, workers = dict(health.engine_statuses), health.worker_alive, health.workers
        roles = {key: label for key, label in ENGINE_LABELS.items() if key in now}
        return cls(worker_alive=alive, queue_stats=stats, engine_statuses=now, engine_roles=roles, workers=workers)


class ProgressOut(BaseModel):
    """Progress of a task: stages completed, of how many, and the running one ("" where none runs)."""

    done: int
    total: int
    stage: str


class StageOut(BaseModel):
    """The last run of a stage, of the film (`language` null) or of one dub."""

    name: str
    language: str | None
    status: StageStatus
    seconds: float
    cached: bool

    @classmethod
    def of(cls, run: StageRun) -> Self:
        """Convert from the value."""
        return cls(name=run.name, language=run.language, status=run.status, seconds=round(run.seconds, 3), cached=run.cached)


class TaskOut(BaseModel):
    """A task. Times are UTC, `duration` seconds, `size` bytes. `audio_track`, `subtitle_track`: chosen by a person, else null.
    `notes`: on its dubs, warnings first; `warnings`: their number. `scripts`: revisions. `outputs`: the film, or each sidecar dub.
    `preview`: the part that alone is dubbed; `duration`, `output`, lines and report then count from its file's beginning.
    """

    id: int
    path: str
    status: TaskStatus
    source_lang: str | None
    target_langs: list[str]
    duration: float | None
    size: int
    has_subtitles: bool
    priority: PriorityName
    rule: str | None
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    progress: ProgressOut
    attempts: int
    error: str | None
    output: str | None
    outputs: list[str]
    audio_track: int | None
    subtitle_track: str | None
    preview: PreviewOut | None
    warnings: int
    notes: list[NoteOut]
    scripts: list[ScriptRevisionOut]
    stages: list[StageOut]

    @classmethod
    def of(
        cls, task: Task, stages: Sequence[StageRun], notes: Sequence[DubNote], revisions: Mapping[str, ScriptRevision]
    ) -> Self:
        """Convert from the values."""
        return cls(
            id=task.id,
            path=str(task.path),
            status=task.status,
            source_lang=task.source_lang,
            target_langs=list(task.target_langs),
            duration=task.duration,
            size=task.size,
            has_subtitles=task.has_subtitles,
            priority=PRIORITY_NAMES[task.priority],
            rule=task.rule or None,
            created_at=task.created_at,
            started_at=task.started_at,
            finished_at=task.finished_at,
            progress=ProgressOut(done=task.progress.done, total=task.progress.total, stage=task.progress.stage),
            attempts=task.attempts,
            error=task.error,
            output=str(task.output) if task.output else None,
            outputs=[str(path) for path in list_outputs(task)],
            audio_track=task.audio_track,
            subtitle_track=task.subtitle_track,
            preview=PreviewOut(start=task.preview.start, end=task.preview.end) if task.preview and task.preview_only else None,
            warnings=task.warnings,
            notes=[NoteOut.of(note) for note in notes],
            scripts=[ScriptRevisionOut.of(tag, revision) for tag, revision in revisions.items()],
            stages=[StageOut.of(run) for run in stages],
        )


class TasksOut(BaseModel):
    """A page of tasks, newest first, and how many there are in all."""

    tasks: list[TaskOut]
    total: int


class RunOut(StageOut):
    """One run of a stage. `engine`: that it asks, "" for none. `executed`, `reused`: computed results and cache hits. `cpu_seconds`,
    `gpu_seconds`: of all processes.
    """

    attempt: int
    started_at: Time
    engine: str
    executed: int
    reused: int
    error: str | None
    cpu_seconds: float
    gpu_seconds: float

    @classmethod
    def of(cls, run: StageRun) -> Self:
        """Convert from the value."""
        own = {name: getattr(run, name) for name in cls.model_fields.keys() - StageOut.model_fields}
        return cls(**StageOut.of(run).model_dump(), **own)


class RunsOut(BaseModel):
    """Every run of every stage, in order of time."""

    stages: list[RunOut]


class TaskChangesIn(BaseModel):
    """Changes of a task: target languages to add, the tracks to dub it from, the part that its preview dubs, and its glossary. A track
    of null: Dubarr chooses again; a preview of null: the whole film is dubbed, and what the preview made is used again.
    """

    model_config = ConfigDict(extra="forbid")

    target_langs: Annotated[Tags, Field(min_length=1)] | None = None
    audio_track: AudioTrackNumber | None = None
    subtitle_track: SubtitleChoice | None = None
    preview: PreviewIn | None = None
    glossary: GlossaryText | None = None

    @model_validator(mode="after")
    def require_change(self) -> Self:
        """Refuse a body without any change."""
        if not self.target_langs and self.glossary is None and not self.changes_tracks and "preview" not in self.model_fields_set:
            raise ValueError("give target_langs, audio_track, subtitle_track, preview or glossary")
        return self

    @property
    def changes_tracks(self) -> bool:
        """True if a track is given, null included."""
        return not self.model_fields_set.isdisjoint({"audio_track", "subtitle_track"})

    def select_tracks(self, task: Task) -> TrackSelection:
        """The tracks after the change: those that are not given stay."""
        given = TrackSelection.parse(self.audio_track, self.subtitle_track)
        return TrackSelection(
            given.audio if "audio_track" in self.model_fields_set else task.audio_track,
            given.subtitles if "subtitle_track" in self.model_fields_set else task.subtitle_track,
        )
