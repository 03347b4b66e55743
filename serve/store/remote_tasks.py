"""Remote tasks and leases of the store, each method with the signature of the method that it calls."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pipeline.store.task_leases import UNKNOWN_REASON, Leases
from pipeline.store.tasks import Tasks
from pipeline.values.monitoring.outbox import Receiver
from pipeline.values.preview import PreviewRange
from pipeline.values.task_lists.bulk import BulkAction, BulkResult
from pipeline.values.task_lists.submission import Submission
from pipeline.values.task_lists.task_query import TaskFilter, TaskQuery
from pipeline.values.tasks import (
    DubRequest,
    Lease,
    Priority,
    Progress,
    Task,
    TaskStatus,
)
from pipeline.values.track_selection import TrackSelection
from serve.store.store_calls import RemotePart


class RemoteTasks(RemotePart):
    """`Tasks` of the store, by the store actor."""

    def get(self, task_id: int) -> Task:
        return self._ask(Tasks.get, task_id)

    def list_by_ids(self, task_ids: Sequence[int]) -> tuple[Task, ...]:
        return self._ask(Tasks.list_by_ids, task_ids)

    def list_newest(
        self, *, status: TaskStatus | None = None, search: str | None = None, limit: int = 100, offset: int = 0
    ) -> tuple[tuple[Task, ...], int]:
        return self._ask(Tasks.list_newest, status=status, search=search, limit=limit, offset=offset)

    def list_page(self, query: TaskQuery) -> tuple[tuple[Task, ...], int]:
        return self._ask(Tasks.list_page, query)

    def list_ids(self, task_filter: TaskFilter, limit: int) -> tuple[int, ...]:
        return self._ask(Tasks.list_ids, task_filter, limit)

    def list_by_path(self, path: Path) -> tuple[Task, ...]:
        return self._ask(Tasks.list_by_path, path)

    def list_by_version(self, size: int, mtime_ns: int) -> tuple[Task, ...]:
        return self._ask(Tasks.list_by_version, size, mtime_ns)

    def find_newest_ids_by_path(self, paths: Sequence[str]) -> dict[str, int]:
        return self._ask(Tasks.find_newest_ids_by_path, paths)

    def find_by_output(self, path: Path) -> Task | None:
        return self._ask(Tasks.find_by_output, path)

    def count_by_status(self) -> dict[str, int]:
        return self._ask(Tasks.count_by_status)

    def find_queue_positions(self, task_ids: Sequence[int]) -> dict[int, int]:
        return self._ask(Tasks.find_queue_positions, task_ids)

    def submit(self, request: DubRequest) -> Submission:
        return self._ask(Tasks.submit, request)

    def add_languages(self, task_id: int, target_langs: tuple[str, ...]) -> Task:
        return self._ask(Tasks.add_languages, task_id, target_langs)

    def change_tracks(self, task_id: int, tracks: TrackSelection) -> Task:
        return self._ask(Tasks.change_tracks, task_id, tracks)

    def change_preview(self, task_id: int, preview: PreviewRange | None) -> Task:
        return self._ask(Tasks.change_preview, task_id, preview)

    def retry(self, task_id: int, *, strict: bool = False) -> Task:
        return self._ask(Tasks.retry, task_id, strict=strict)

    def requeue(self, task_id: int) -> Task:
        return self._ask(Tasks.requeue, task_id)

    def cancel(self, task_id: int, *, strict: bool = False) -> Task:
        return self._ask(Tasks.cancel, task_id, strict=strict)

    def purge(self, task_id: int) -> tuple[Task, tuple[str, ...]]:
        return self._ask(Tasks.purge, task_id)

    def delete(self, task_id: int) -> tuple[Task, tuple[str, ...]]:
        return self._ask(Tasks.delete, task_id)

    def set_priority(self, task_id: int, priority: Priority) -> Task:
        return self._ask(Tasks.set_priority, task_id, priority)

    def change_many(
        self, action: BulkAction, task_ids: Sequence[int], *, priority: Priority = Priority.INTERACTIVE
    ) -> BulkResult:
        return self._ask(Tasks.change_many, action, task_ids, priority=priority)

    def move_path(self, previous: Path, path: Path, outputs: Mapping[Path, Path] | None = None) -> int:
        return self._ask(Tasks.move_path, previous, path, outputs)

    def cancel_unfinished(self, path: Path, *, kept: tuple[int, int] | None = None) -> int:
        return self._ask(Tasks.cancel_unfinished, path, kept=kept)

    def list_unfinished_below(self, folder: Path) -> tuple[Task, ...]:
        return self._ask(Tasks.list_unfinished_below, folder)


class RemoteLeases(RemotePart):
    """`Leases` of the store, by the store actor."""

    def list_owners(self) -> frozenset[str]:
        return self._ask(Leases.list_owners)

    def has_claimable(self) -> bool:
        return self._ask(Leases.has_claimable)

    def count_waiting(self) -> int:
        return self._ask(Leases.count_waiting)

    def claim_next_task(self, owner: str, lease_seconds: float, *, gone: Collection[str] = ()) -> tuple[Task, Lease] | None:
        return self._ask(Leases.claim_next_task, owner, lease_seconds, gone=gone)

    def renew_lease(self, lease: Lease, lease_seconds: float) -> None:
        return self._ask(Leases.renew_lease, lease, lease_seconds)

    def record_probe(self, lease: Lease, *, source_lang: str, duration: float, has_subtitles: bool) -> None:
        return self._ask(Leases.record_probe, lease, source_lang=source_lang, duration=duration, has_subtitles=has_subtitles)

    def record_progress(self, lease: Lease, progress: Progress) -> None:
        return self._ask(Leases.record_progress, lease, progress)

    def record_targets(self, lease: Lease, target_langs: Collection[str], *, duration: float) -> None:
        return self._ask(Leases.record_targets, lease, target_langs, duration=duration)

    def finish(self, lease: Lease, output: Path, *, receivers: Collection[Receiver] = ()) -> None:
        return self._ask(Leases.finish, lease, output, receivers=receivers)

    def fail(self, lease: Lease, error: str, *, reason: str = UNKNOWN_REASON, receivers: Collection[Receiver] = ()) -> None:
        return self._ask(Leases.fail, lease, error, reason=reason, receivers=receivers)

    def skip(self, lease: Lease, reason: str, *, receivers: Collection[Receiver] = ()) -> None:
        return self._ask(Leases.skip, lease, reason, receivers=receivers)

    def release(self, lease: Lease) -> None:
        return self._ask(Leases.release, lease)

    def postpone(self, lease: Lease, *, size: int, mtime_ns: int, seconds: float) -> None:
        return self._ask(Leases.postpone, lease, size=size, mtime_ns=mtime_ns, seconds=seconds)
