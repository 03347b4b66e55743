"""The dashboard's view of the service, from inside the ingress: the store, the log and the health check."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.settings import Settings
from pipeline.tasks import Health, StageRun, Task
from serve import litter
from serve.keeper import RemoteStore
from serve.logtail import tail


@dataclass(frozen=True, slots=True)
class StoreService:
    """Implements `dashboard.feed.Service`. Methods block."""

    settings: Settings
    store: RemoteStore
    check: Callable[[], Health]

    def tasks(self, limit: int, offset: int) -> tuple[tuple[Task, ...], int]:
        """A page of tasks, newest first, and how many there are."""
        return self.store.tasks.newest(limit=limit, offset=offset)

    def queue_stats(self) -> dict[str, int]:
        """How many tasks there are in each state."""
        return self.store.tasks.queue_stats()

    def health(self) -> Health:
        """Worker and engines."""
        return self.check()

    def stages(self, task_id: int) -> tuple[StageRun, ...]:
        """The state of a task's stages."""
        return self.store.stages.latest_runs(task_id)

    def log_lines(self, n: int) -> list[str]:
        """The end of the processing log."""
        return tail(self.settings.processing_log, n)

    def retry(self, task_id: int) -> Task:
        """Queue a failed task again."""
        return self.store.tasks.retry(task_id)

    def purge(self, task_id: int) -> Task:
        """Forget the task's cached stages, and queue it again."""
        return litter.purge(self.store, task_id, self.settings.artifacts)

    def delete(self, task_id: int) -> Task:
        """Remove the task; never the film."""
        return litter.delete(self.store, task_id, self.settings.artifacts)
