"""What the dashboard's tests share: tasks made up, and a service over a real store."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from dashboard.service import Languages
from pipeline.cache.cache_codec import AnswerCodec
from pipeline.store.store import Store
from pipeline.values.edits import Cast
from pipeline.values.script import DeletedLine, LineReview, ReviewProgress, ScriptRevision
from pipeline.values.service_status import Cluster, DiskUse, EngineState, StageSpeeds, SystemStatus, Workers
from pipeline.values.task_lists.task_query import TaskQuery
from pipeline.values.tasks import (
    DubPart,
    DubRequest,
    Health,
    Lease,
    LineRow,
    Progress,
    SpeakerRow,
    StageRun,
    StageStatus,
    Task,
    TaskStatus,
)
from pipeline.values.timeline import Voice

NOON = datetime(2026, 11, 23, 12, 0, 0)  # noqa: DTZ001 -- as the store writes times: UTC without zone
READY = Health(worker_alive=True, engine_statuses=dict.fromkeys(("whisper", "diarization", "llm", "tts"), "READY"))

QUEUED = Task(
    id=7,
    path=Path("/films/voyage.mkv"),
    size=48_300_000,
    mtime_ns=1,
    status=TaskStatus.QUEUED,
    source_lang="en",
    asked_lang=None,
    target_langs=("es", "ca"),
    duration=75.1,
    has_subtitles=False,
    speakers=None,
    origin="",
    created_at=NOON,
    started_at=None,
    finished_at=None,
    progress=Progress(),
    attempts=0,
    error=None,
    output=None,
    owner=None,
)
PROCESSING = replace(QUEUED, status=TaskStatus.PROCESSING, started_at=NOON, progress=Progress(4, 11, "translate"))
DONE = replace(PROCESSING, status=TaskStatus.DONE, finished_at=NOON + timedelta(seconds=18), progress=Progress(11, 11, ""))
FAILED = replace(
    PROCESSING,
    status=TaskStatus.ERROR,
    finished_at=NOON + timedelta(seconds=3),
    error="translate: nothing to say; check the subtitles",
)


LANGUAGES = Languages((("en", "English"),), (("ca", "Catalan"), ("es", "Spanish")), ("es",))
ENGINES = (
    EngineState("transcriber", "whisper", "pocketsphinx", "READY", running=1, most=1, num_cpus=0.5),
    EngineState("diarizer", "diarization", "ge2e", "LOADING", starting=1, most=1, num_cpus=0.5),
    EngineState("synthesizer", "tts", "xtts", "ERROR", trouble="the card is full; free it", most=2, num_gpus=0.25, waiting=3),
)
SYSTEM = SystemStatus(
    at=NOON,
    engines=ENGINES,
    workers=Workers(alive=True, running=1, most=1, num_cpus=0.2),
    cluster=Cluster(nodes=1, cpus=2, cpus_free=0.5, gpus=1, gpus_free=0.5),
    disk=DiskUse(
        Path("/data"), total=100_000_000_000, free=40_000_000_000, parts=(("database", 2_000_000), ("dubs", 5_000_000_000))
    ),
    queue={},
)


def run(name: str, **changes: object) -> StageRun:
    """A finished run of a stage."""
    return replace(StageRun(name, None, 1, StageStatus.DONE, NOON, seconds=2.5, executed=1), **changes)  # type: ignore[arg-type]


async def until(holds: Callable[[], object]) -> None:
    """Let the event loop turn until something is so. TimeoutError after 20 s."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 -- what is waited for knows nothing of events
            await asyncio.sleep(0.005)


@dataclass
class StoreService:
    """The dashboard's service over a store in this process. `failure` is raised by every question while it is set."""

    store: Store
    health_now: Health = READY
    log: list[str] = field(default_factory=list)
    failure: Exception | None = None
    hold: threading.Event | None = None  # questions wait for it, where there is one
    queries: int = 0
    lines_asked: int = 0
    system_now: SystemStatus = SYSTEM
    library_glossary: str = ""
    stages_asked: list[int] = field(default_factory=list)

    def list_tasks(self, query: TaskQuery) -> tuple[tuple[Task, ...], int]:
        return self.store.tasks.list_page(query)

    def get_task(self, task_id: int) -> Task:
        return self.store.tasks.get(task_id)

    def count_tasks_by_status(self) -> dict[str, int]:
        self.queries += 1
        if self.hold:
            self.hold.wait(20)
        if self.failure:
            raise self.failure
        return self.store.tasks.count_by_status()

    def find_queue_positions(self, task_ids: Sequence[int]) -> dict[int, int]:
        return self.store.tasks.find_queue_positions(task_ids)

    def get_health(self) -> Health:
        return self.health_now

    def list_stage_runs(self, task_id: int) -> tuple[StageRun, ...]:
        self.stages_asked.append(task_id)
        return self.store.stages.list_latest_runs(task_id)

    def list_stage_runs_by_task(self, task_ids: Sequence[int]) -> dict[int, tuple[StageRun, ...]]:
        return self.store.stages.list_latest_runs_of(task_ids)

    def get_pace(self) -> StageSpeeds:
        return self.store.history.measure_stage_speeds()

    def get_version_tag(self, task_id: int) -> str:
        return self.store.lines.get_version_tag(task_id)

    def list_lines(self, task_id: int, language: str) -> tuple[LineRow, ...]:
        self.lines_asked += 1
        return self.store.lines.list_lines(task_id, language)

    def list_deleted_lines(self, task_id: int, language: str) -> tuple[DeletedLine, ...]:
        return self.store.lines.list_deleted(task_id, language)

    def list_dub_parts(self, task_id: int, language: str) -> Set[DubPart]:
        return frozenset(self.store.lines.list_dub_files(task_id, language))

    def get_cast(self, task_id: int) -> Cast:
        return self.store.cast.get_cast(task_id)

    def list_script_revisions(self, task_id: int) -> Mapping[str, ScriptRevision]:
        return self.store.lines.list_revisions([task_id])[task_id]

    def list_reviews(self, task_id: int, language: str) -> tuple[LineReview, ...]:
        return self.store.reviews.list_reviews(task_id, language)

    def measure_reviews(self, task_ids: Sequence[int]) -> Mapping[int, ReviewProgress]:
        return self.store.reviews.measure_begun(task_ids)

    def read_glossaries(self, task_id: int) -> tuple[str, str]:
        return self.library_glossary, self.store.lines.get_glossary(task_id)

    def list_reports(self, task_id: int) -> dict[str, str]:
        return self.store.lines.list_reports(task_id)

    def get_system(self) -> SystemStatus:
        return replace(
            self.system_now, finished=self.store.history.list_finished_films(), failures=self.store.history.list_failures()
        )

    def list_languages(self) -> Languages:
        return LANGUAGES

    def read_log_lines(self, n: int, *, task: int | None = None, level: str = "", search: str = "") -> list[str]:
        wanted = [part for part in (f"task={task} " if task else "", level, search) if part]
        return [line for line in self.log if all(part in line for part in wanted)][-n:]

    def dub_whole_film(self, task_id: int) -> object:
        return self.tell("whole", task_id)

    def retry_task(self, task_id: int) -> object:
        return self.store.tasks.retry(task_id)

    def cancel_task(self, task_id: int) -> object:
        return self.store.tasks.cancel(task_id)

    def purge_task(self, task_id: int) -> object:
        return self.store.tasks.purge(task_id)

    def delete_task(self, task_id: int) -> object:
        return self.store.tasks.delete(task_id)

    def add(self, name: str | Path) -> Task:
        """Queue a film of this name that nobody looks into, or the one at this path."""
        wish = DubRequest(Path("/films") / name, 48_300_000, 1, ("es", "ca"), source_lang="en", duration=75.1)
        return self.store.tasks.submit(wish).task


def add_dub(service: StoreService, name: str | Path, *, lines: int, output: Path = Path("/dub.mkv")) -> tuple[Task, Lease]:
    """A film that was dubbed into two languages, with lines of two speakers, as a worker would have left it."""
    store, queued = service.store, service.add(name)
    claim = store.leases.claim_next_task("test/1/aa", 600)
    assert claim and claim[0].id == queued.id
    lease = claim[1]
    store.leases.record_probe(lease, source_lang="en", duration=max(75.1, 3.0 * lines), has_subtitles=True)
    for number, (stage, language) in enumerate(
        (("probe", None), ("diarize", None), ("translate", "es"), ("mix", "es"), ("mux", None))
    ):
        store.stages.record_run(
            lease, run(stage, language=language, started_at=NOON + timedelta(seconds=3 * number), seconds=2.0)
        )
    store.lines.put_speakers(
        lease, [SpeakerRow("SPEAKER_00", 40.0, 110.0, 1000.0, (), "e"), SpeakerRow("SPEAKER_01", 20.0, 220.0, None, (), "e")]
    )
    for language in ("es", "ca"):
        store.lines.replace_lines(lease, language, [line_row(number, language) for number in range(1, lines + 1)])
        store.cast.replace_voices(lease, language, {"SPEAKER_00": "m3", "SPEAKER_01": "f2"}, ("m1", "m3", "f2"))
        codec = AnswerCodec(Voice, Path())
        voices = {"SPEAKER_00": Voice("SPEAKER_00", "m3"), "SPEAKER_01": Voice("SPEAKER_01", "f2")}
        store.takes.replace_speech(lease, language, {label: codec.format_answer(voice) for label, voice in voices.items()}, {})
        store.lines.replace_dub_files(lease, language, {DubPart.MIX: "mix.mka", DubPart.BACKGROUND: "background.flac"})
        store.lines.put_report(lease, language, REPORT)
    store.leases.finish(lease, output)
    return store.tasks.get(queued.id), lease


def line_row(number: int, language: str, **changes: object) -> LineRow:
    """A line every three seconds, by the two speakers in turn; every tenth is left to the original, every fifth is rushed."""
    start, left = 3.0 * (number - 1) + 0.5, number % 10 == 0
    row = LineRow(
        number=number,
        language=language,
        speaker=f"SPEAKER_0{number % 2}",
        start=start,
        end=start + 2.0,
        latest_end=start + 2.4,
        source_text=f"This is line {number}.",
        text=f"{language}: línea {number}.",
        text_source="none" if left else "translation",
        dub_start=start,
        dub_seconds=0.0 if left else 1.9,
        rate=1.5 if number % 5 == 0 else 1.0,
        stretch=1.1 if number % 5 == 0 else 1.0,
        audio="" if left else f"{language}/{number}.flac",
    )
    return replace(row, **changes)  # type: ignore[arg-type]


REPORT = """{"language": "es", "loudness": -20.3, "original_loudness": -20.3, "true_peak": -2.3, "coverage": 0.97, "max_lateness": 0.1,
 "overlaps": 0, "max_stretch": 1.1, "streams_kept": true, "duration_difference": 0.02, "lines": [{"covered": 0.97}, {"covered": 0.6}]}"""
