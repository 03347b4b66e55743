"""Dashboard service: implements the dashboard's Service protocol over the store, the log and the health check."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.service import Languages
from pipeline.settings import Settings
from pipeline.text.languages import get_english_name
from pipeline.values.edits import Cast
from pipeline.values.service_status import Pace, System
from pipeline.values.tasks import Health, LineRow, StageRun, Task, TaskStatus
from serve.intake import supported_languages
from serve.profile import Profile
from serve.status.log_tail import LineFilter, read_last_lines
from serve.store.remote_store import RemoteStore
from serve.worker import artifact_gc


@dataclass(frozen=True, slots=True)
class StoreService:
    """Implementation of `dashboard.service.Service`. Methods block."""

    settings: Settings
    profile: Profile
    store: RemoteStore
    check: Callable[[], Health]
    look: Callable[[], System]

    def tasks(
        self, *, status: TaskStatus | None = None, search: str = "", limit: int, offset: int
    ) -> tuple[tuple[Task, ...], int]:
        """List a page of tasks, newest first, and their total; filtered by status and part of the path."""
        return self.store.tasks.list_newest(status=status, search=search, limit=limit, offset=offset)

    def queue_stats(self) -> dict[str, int]:
        """Count the tasks by status."""
        return self.store.tasks.count_by_status()

    def queue_positions(self, task_ids: Sequence[int]) -> dict[int, int]:
        """Queued task's id → its position in the queue, from 1."""
        return self.store.tasks.queue_positions(task_ids)

    def health(self) -> Health:
        """Worker and engines."""
        return self.check()

    def system(self) -> System:
        """The state of the system."""
        return self.look()

    def pace(self) -> Pace:
        """Speed of the stages."""
        return self.look().pace

    def task(self, task_id: int) -> Task:
        """One task. NotFound."""
        return self.store.tasks.get(task_id)

    def stages(self, task_id: int) -> tuple[StageRun, ...]:
        """The state of a task's stages."""
        return self.store.stages.latest_runs(task_id)

    def stages_of(self, task_ids: Sequence[int]) -> Mapping[int, tuple[StageRun, ...]]:
        """The state of the stages of many tasks."""
        return self.store.stages.latest_runs_of(task_ids)

    def mark(self, task_id: int) -> str:
        """Change marker (like an ETag) of a task's lines, speakers, edits and reports."""
        return self.store.lines.get_version_tag(task_id)

    def lines(self, task_id: int, language: str) -> tuple[LineRow, ...]:
        """The lines of one dub."""
        return self.store.lines.list_lines(task_id, language)

    def cast(self, task_id: int) -> Cast:
        """Speakers of a film."""
        return self.store.cast.get_cast(task_id)

    def reports(self, task_id: int) -> Mapping[str, str]:
        """Language → the assessment of its dub, as JSON."""
        return self.store.lines.reports(task_id)

    def languages(self) -> Languages:
        """Supported source and target languages."""
        named = tuple((tag, get_english_name(tag)) for tag in supported_languages.list_target_languages(self.profile))
        spoken = tuple((tag, get_english_name(tag)) for tag in supported_languages.list_source_languages(self.profile))
        others = supported_languages.find_fallback_synthesizers(self.profile)
        return Languages(_by_name(spoken), _by_name(named), self.settings.target_langs, others)

    def log_lines(self, n: int, *, task: int | None = None, level: str = "", search: str = "") -> list[str]:
        """Last lines of the processing log; filtered by task, level and words."""
        wanted = tuple(part for part in (f"task={task} " if task is not None else "", search) if part)
        return read_last_lines(self.settings.processing_log, n, chosen=LineFilter(wanted, level))

    def retry(self, task_id: int) -> Task:
        """Queue a failed task again."""
        return self.store.tasks.retry(task_id)

    def cancel(self, task_id: int) -> Task:
        """Stop a task that waits or is at work."""
        return self.store.tasks.cancel(task_id)

    def purge(self, task_id: int) -> Task:
        """Forget the task's cached stages, and queue it again."""
        return artifact_gc.purge_task(self.store, task_id, self.settings.artifacts)

    def delete(self, task_id: int) -> Task:
        """Remove the task; never the film."""
        return artifact_gc.delete_task(self.store, task_id, self.settings.artifacts)


def _by_name(languages: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(languages, key=lambda each: each[1]))
