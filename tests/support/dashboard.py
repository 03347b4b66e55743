"""What the dashboard's tests share: tasks made up, and a service over a real store."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.store import Store
from pipeline.tasks import Health, Progress, StageRun, StageStatus, Task, TaskStatus, Wish

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
    questions: int = 0
    stages_asked: list[int] = field(default_factory=list)

    def tasks(self, limit: int, offset: int) -> tuple[tuple[Task, ...], int]:
        return self.store.tasks.newest(limit=limit, offset=offset)

    def queue_stats(self) -> dict[str, int]:
        self.questions += 1
        if self.hold:
            self.hold.wait(20)
        if self.failure:
            raise self.failure
        return self.store.tasks.queue_stats()

    def health(self) -> Health:
        return self.health_now

    def stages(self, task_id: int) -> tuple[StageRun, ...]:
        self.stages_asked.append(task_id)
        return self.store.stages.latest_runs(task_id)

    def log_lines(self, n: int) -> list[str]:
        return self.log[-n:]

    def retry(self, task_id: int) -> object:
        return self.store.tasks.retry(task_id)

    def purge(self, task_id: int) -> object:
        return self.store.tasks.purge(task_id)

    def delete(self, task_id: int) -> object:
        return self.store.tasks.delete(task_id)

    def add(self, name: str) -> Task:
        """Queue a film of this name that nobody looks into."""
        wish = Wish(Path("/films") / name, 48_300_000, 1, ("es", "ca"), source_lang="en", duration=75.1)
        return self.store.tasks.offer(wish).task
