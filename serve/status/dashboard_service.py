"""The dashboard's view of the service, from inside the ingress: the store, the log and the health check."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.service import Languages
from pipeline.settings import Settings
from pipeline.text.languages import english_name
from pipeline.values.edits import Cast
from pipeline.values.service_status import Pace, System
from pipeline.values.tasks import Health, LineRow, StageRun, Task, TaskStatus
from serve.intake import supported_languages
from serve.profile import Profile
from serve.status.log_tail import Chosen, tail
from serve.store_actor import RemoteStore
from serve.worker import artifact_gc


@dataclass(frozen=True, slots=True)
class StoreService:
    """Implements `dashboard.service.Service`. Methods block."""

    settings: Settings
    profile: Profile
    store: RemoteStore
    check: Callable[[], Health]
    look: Callable[[], System]

    def tasks(
        self, *, status: TaskStatus | None = None, search: str = "", limit: int, offset: int
    ) -> tuple[tuple[Task, ...], int]:
        """A page of tasks, newest first, and how many there are; only those in a state, or with a part of a path."""
        return self.store.tasks.newest(status=status, search=search, limit=limit, offset=offset)

    def queue_stats(self) -> dict[str, int]:
        """How many tasks there are in each state."""
        return self.store.tasks.queue_stats()

    def health(self) -> Health:
        """Worker and engines."""
        return self.check()

    def system(self) -> System:
        """The state of the system."""
        return self.look()

    def pace(self) -> Pace:
        """How fast stages work."""
        return self.look().pace

    def task(self, task_id: int) -> Task:
        """One task. NotFound."""
        return self.store.tasks.task(task_id)

    def stages(self, task_id: int) -> tuple[StageRun, ...]:
        """The state of a task's stages."""
        return self.store.stages.latest_runs(task_id)

    def stages_of(self, task_ids: Sequence[int]) -> Mapping[int, tuple[StageRun, ...]]:
        """The state of the stages of many tasks."""
        return self.store.stages.latest_runs_of(task_ids)

    def mark(self, task_id: int) -> str:
        """What changes whenever a task's lines, speakers, edits or reports do."""
        return self.store.lines.mark(task_id)

    def lines(self, task_id: int, language: str) -> tuple[LineRow, ...]:
        """The lines of one dub."""
        return self.store.lines.of(task_id, language)

    def cast(self, task_id: int) -> Cast:
        """Who speaks in a film."""
        return self.store.cast.of(task_id)

    def reports(self, task_id: int) -> Mapping[str, str]:
        """Language → the assessment of its dub, as JSON."""
        return self.store.lines.reports(task_id)

    def languages(self) -> Languages:
        """What can be dubbed into what."""
        named = tuple((tag, english_name(tag)) for tag in supported_languages.targets(self.profile))
        spoken = tuple((tag, english_name(tag)) for tag in supported_languages.sources(self.profile))
        others = supported_languages.second_choices(self.profile)
        return Languages(_by_name(spoken), _by_name(named), self.settings.target_langs, others)

    def log_lines(self, n: int, *, task: int | None = None, level: str = "", search: str = "") -> list[str]:
        """The end of the processing log; of one task, of a level, with some words."""
        wanted = tuple(part for part in (f"task={task} " if task is not None else "", search) if part)
        return tail(self.settings.processing_log, n, chosen=Chosen(wanted, level))

    def retry(self, task_id: int) -> Task:
        """Queue a failed task again."""
        return self.store.tasks.retry(task_id)

    def cancel(self, task_id: int) -> Task:
        """Stop a task that waits or is at work."""
        return self.store.tasks.cancel(task_id)

    def purge(self, task_id: int) -> Task:
        """Forget the task's cached stages, and queue it again."""
        return artifact_gc.purge(self.store, task_id, self.settings.artifacts)

    def delete(self, task_id: int) -> Task:
        """Remove the task; never the film."""
        return artifact_gc.delete(self.store, task_id, self.settings.artifacts)


def _by_name(languages: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(languages, key=lambda each: each[1]))
