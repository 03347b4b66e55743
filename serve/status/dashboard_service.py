"""Dashboard service: implements the dashboard's Service protocol over the store, the log and the health check."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from dashboard.service import Languages
from pipeline.text.languages import get_english_name
from pipeline.values.edits import Cast
from pipeline.values.script import DeletedLine, LineReview, ReviewProgress, ScriptRevision
from pipeline.values.service_status import StageSpeeds, SystemStatus
from pipeline.values.task_lists.task_query import TaskQuery
from pipeline.values.tasks import DubPart, Health, LineRow, StageRun, Task
from serve.configuration.live_settings import LiveSettings
from serve.intake import library_glossary, supported_languages
from serve.profile import Profile
from serve.status.log_tail import LineFilter, read_last_lines
from serve.store.remote_store import RemoteStore
from serve.worker import artifact_gc


@dataclass(frozen=True, slots=True)
class StoreService:
    """Implementation of `dashboard.service.Service`. Methods block."""

    live: LiveSettings
    profile: Profile
    store: RemoteStore
    check_health: Callable[[], Health]
    measure_system: Callable[[], SystemStatus]

    def list_tasks(self, query: TaskQuery) -> tuple[tuple[Task, ...], int]:
        """List a page of tasks, and the number of all tasks of its filter."""
        return self.store.tasks.list_page(query)

    def count_tasks_by_status(self) -> dict[str, int]:
        """Count the tasks by status."""
        return self.store.tasks.count_by_status()

    def find_queue_positions(self, task_ids: Sequence[int]) -> dict[int, int]:
        """Queued task's id → its position in the queue, from 1."""
        return self.store.tasks.find_queue_positions(task_ids)

    def get_health(self) -> Health:
        """Check the health of worker and engines."""
        return self.check_health()

    def get_system(self) -> SystemStatus:
        """Read the system status."""
        return self.measure_system()

    def get_pace(self) -> StageSpeeds:
        """Read the speed of the stages."""
        return self.measure_system().pace

    def get_task(self, task_id: int) -> Task:
        """Read one task. NotFound."""
        return self.store.tasks.get(task_id)

    def list_stage_runs(self, task_id: int) -> tuple[StageRun, ...]:
        """List the latest runs of a task's stages."""
        return self.store.stages.list_latest_runs(task_id)

    def list_stage_runs_by_task(self, task_ids: Sequence[int]) -> Mapping[int, tuple[StageRun, ...]]:
        """List the latest runs of the stages of many tasks."""
        return self.store.stages.list_latest_runs_of(task_ids)

    def get_version_tag(self, task_id: int) -> str:
        """Change marker (like an ETag) of a task's lines, speakers, edits and reports."""
        return self.store.lines.get_version_tag(task_id)

    def list_lines(self, task_id: int, language: str) -> tuple[LineRow, ...]:
        """List the lines of one dub."""
        return self.store.lines.list_lines(task_id, language)

    def list_deleted_lines(self, task_id: int, language: str) -> tuple[DeletedLine, ...]:
        """List the lines that one dub lacks because they were deleted."""
        return self.store.lines.list_deleted(task_id, language)

    def list_dub_parts(self, task_id: int, language: str) -> Set[DubPart]:
        """List the parts of one dub that are files of their own."""
        return frozenset(self.store.lines.list_dub_files(task_id, language))

    def get_cast(self, task_id: int) -> Cast:
        """Speakers of a film."""
        return self.store.cast.get_cast(task_id)

    def list_script_revisions(self, task_id: int) -> Mapping[str, ScriptRevision]:
        """Read the revisions of a film's scripts, by language."""
        return self.store.lines.list_revisions([task_id])[task_id]

    def list_reviews(self, task_id: int, language: str) -> tuple[LineReview, ...]:
        """Read the reviews of one dub's lines."""
        return self.store.reviews.list_reviews(task_id, language)

    def measure_reviews(self, task_ids: Sequence[int]) -> Mapping[int, ReviewProgress]:
        """Measure the progress of the reviews that have begun."""
        return self.store.reviews.measure_begun(task_ids)

    def read_glossaries(self, task_id: int) -> tuple[str, str]:
        """Texts of the library's glossary and of the task's. SettingsError where the library's cannot be read."""
        return library_glossary.read_library_text(self.live()), self.store.lines.get_glossary(task_id)

    def list_reports(self, task_id: int) -> Mapping[str, str]:
        """Read the quality reports: language → JSON."""
        return self.store.lines.list_reports(task_id)

    def list_languages(self) -> Languages:
        """Supported source and target languages."""
        targets = tuple((tag, get_english_name(tag)) for tag in supported_languages.list_target_languages(self.profile))
        sources = tuple((tag, get_english_name(tag)) for tag in supported_languages.list_source_languages(self.profile))
        others = supported_languages.find_fallback_synthesizers(self.profile)
        return Languages(_sort_by_name(sources), _sort_by_name(targets), self.live().target_langs, others)

    def read_log_lines(self, n: int, *, task: int | None = None, level: str = "", search: str = "") -> list[str]:
        """Last lines of the processing log; filtered by task, level and words."""
        wanted = tuple(part for part in (f"task={task} " if task is not None else "", search) if part)
        return read_last_lines(self.live().processing_log, n, line_filter=LineFilter(wanted, level))

    def retry_task(self, task_id: int) -> Task:
        """Queue a task again that failed, or was cancelled or skipped. NotPossible for any other."""
        return self.store.tasks.retry(task_id, strict=True)

    def dub_whole_film(self, task_id: int) -> Task:
        """Dub the whole film of a preview."""
        return self.store.tasks.change_preview(task_id, None)

    def cancel_task(self, task_id: int) -> Task:
        """Cancel a queued or running task. NotPossible for any other."""
        return self.store.tasks.cancel(task_id, strict=True)

    def purge_task(self, task_id: int) -> Task:
        """Delete the task's cached stages and queue it again."""
        return artifact_gc.purge_task(self.store, task_id, self.live().artifacts)

    def delete_task(self, task_id: int) -> Task:
        """Delete the task; never the film."""
        return artifact_gc.delete_task(self.store, task_id, self.live().artifacts)


def _sort_by_name(languages: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(languages, key=lambda each: each[1]))
