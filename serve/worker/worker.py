"""Worker: the lease loop, which claims one task after another, renews its lease by a heartbeat, and records its end.

When a lease is lost (the task was cancelled, or another worker took a stalled one over) the work stops and nothing more is
written. A worker that dies leaves its lease behind: another worker on the same machine detects the dead process, one elsewhere
waits until the lease expires; both resume from the cached stages. While the disk or the store is in trouble no task is claimed
and none fails.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline.errors import Cancelled, DubarrError, DubNotNeeded, LeaseLost, StoreError
from pipeline.filesystem.path_guard import replace_handle_names
from pipeline.processes import process_groups
from pipeline.settings import Settings
from pipeline.values.monitoring.outbox import Receiver
from pipeline.values.tasks import Lease, Task
from serve.intake.file_growth import measure_growth
from serve.intake.resumable.partial_uploads import PartialUploads
from serve.intake.upload_disk_space import find_disk_trouble
from serve.store.store_actor import LEASE_S
from serve.worker.artifact_gc import collect_garbage, remove_files
from serve.worker.film_backups import restore_cancelled_film, sweep_backups
from serve.worker.outbox_delivery import OutboxDelivery, choose_receivers, deliver_message
from serve.worker.queue_watch import QueueWatch
from serve.worker.task_execution import TaskExecution, WorkerEngines
from serve.worker.warm_up import import_warm_up_modules
from serve.worker.worker_id import make_worker_id
from serve.worker.worker_store import WorkerStore

log = logging.getLogger(__name__)

YOUNG_TAKE = timedelta(days=7)  # candidates are kept as long, chosen ones as long as they are chosen

HEARTBEAT_INTERVAL_S = 1.0
TROUBLE_INTERVAL_S = 5.0  # between checks of a disk or a store in trouble
UPLOADS_INTERVAL_S = 3600.0  # between looks for uploads that were abandoned, and for backups of films
UNEXPECTED = "Unexpected"  # reason of a failure that is a bug
CANCEL_INTERVAL_S = 0.2  # between kills of the processes and calls that a cancelled task still starts


class Worker:
    """Worker that dubs one task at a time until `stop` is called. `run` blocks; give it a thread."""

    def __init__(self, settings: Callable[[], Settings], store: WorkerStore, tools: WorkerEngines) -> None:
        self._read_settings, self._store, self._tools = settings, store, tools
        self._settings = settings()  # those of the task in progress
        self._execution = TaskExecution(self._settings, store, tools)
        self._owner = make_worker_id()
        self._stopping = threading.Event()
        self._cancelled: threading.Event | None = None  # of the task in progress; set it to cancel
        self._last_heartbeat = 0.0
        self._is_garbage_collected = False
        self._uploads_due = 0.0  # when abandoned uploads are looked for, by the monotonic clock
        self._queue = QueueWatch(store, self._owner)
        self._draining = threading.Event()
        self._outbox = OutboxDelivery(store.outbox, lambda message, stopping: deliver_message(message, settings(), stopping))

    def run(self) -> None:
        """Claim and run tasks until `stop` is called."""
        log.info("worker=%s ready", self._owner)
        threading.Thread(target=import_warm_up_modules, name="warm-up", daemon=True).start()
        self._outbox.start()
        while not self._stopping.is_set() and not self._draining.is_set():
            try:
                self._run_next_task()
            except StoreError as error:
                log.error("worker=%s paused: %s", self._owner, error)
                self._stopping.wait(TROUBLE_INTERVAL_S)
        self._outbox.close()

    def stop(self) -> None:
        """Stop: release the task in progress, and end `run`."""
        self._stopping.set()
        self._queue.stop()
        if self._cancelled is not None:
            self._cancelled.set()
            self._end_running_work()

    @property
    def is_busy(self) -> bool:
        """True while a film is dubbed."""
        return self._cancelled is not None

    def drain(self) -> None:
        """Claim no other task: `run` ends with the task in progress."""
        self._draining.set()
        self._queue.stop()

    def _run_next_task(self) -> None:
        """Claim and run the next task, or wait for one."""
        self._send_heartbeat()
        if not self._is_garbage_collected:
            collect_garbage(self._settings.artifacts, self._store.stages.list_artifact_folders())
            remove_files(
                self._store.takes.remove_old(datetime.now(UTC).replace(tzinfo=None) - YOUNG_TAKE), self._settings.artifacts
            )
            self._is_garbage_collected = True
        if time.monotonic() > self._uploads_due:
            self._uploads_due = time.monotonic() + UPLOADS_INTERVAL_S
            PartialUploads(self._settings.videos_dir).remove_expired()
            sweep_backups(self._settings, self._store)
        if trouble := self._find_trouble():
            log.error("worker=%s paused: %s", self._owner, trouble)
            self._stopping.wait(TROUBLE_INTERVAL_S)
            return
        self._settings = self._read_settings()
        self._execution = TaskExecution(self._settings, self._store, self._tools)
        claimed = self._store.leases.claim_next_task(self._owner, LEASE_S, gone=self._queue.find_dead_owners())
        if claimed is None:
            self._queue.wait()
        elif not self._postpone_growing(*claimed):
            self._run_task(*claimed)

    def _postpone_growing(self, task: Task, lease: Lease) -> bool:
        """Return the task of a file that still grows to the queue, until its size rests. True if it was returned."""
        growth = measure_growth(task, self._settings.settle_s)
        if growth is None:
            return False
        log.info("task=%d waits: %s changed within the last %g s", task.id, task.path.name, self._settings.settle_s)
        try:
            self._store.leases.postpone(lease, size=growth.size, mtime_ns=growth.mtime_ns, seconds=growth.wait_s)
        except LeaseLost:
            log.info("task=%d was cancelled", task.id)
        return True

    def _send_heartbeat(self) -> None:
        """Send a heartbeat, at most one each `HEARTBEAT_INTERVAL_S`."""
        if time.monotonic() - self._last_heartbeat > HEARTBEAT_INTERVAL_S:
            self._last_heartbeat = time.monotonic()
            self._store.beat(self._owner, self._tools.calls())

    def _find_trouble(self) -> str | None:
        """Find why no film can be dubbed now (disk full or read-only); None where one can."""
        return find_disk_trouble(self._settings.artifacts)

    def _run_task(self, task: Task, lease: Lease) -> None:
        """Run one task to its end. The task boundary: every error is recorded here."""
        log.info("task=%d attempt=%d started: %s into %s", task.id, task.attempts, task.path, ", ".join(task.target_langs))
        cancelled = self._cancelled = threading.Event()
        self._execution = replace(self._execution, tools=self._tools.choose_for(task))
        try:
            with self._renew_lease_in_background(lease, cancelled):
                dubbed = self._execution.run_dub(task, lease, cancelled)
            self._execution.save_results(dubbed, lease)
            self._store.leases.finish(lease, dubbed.output.path, receivers=self._choose_receivers(task, is_done=True))
            self._outbox.wake()
            log.info("task=%d done: %s", task.id, dubbed.output.path)
            self._execution.clean_up(task)
        except (Cancelled, LeaseLost):
            self._release_lease(task, lease)
        except DubNotNeeded as error:
            self._record_skip(task, lease, str(error))
        except DubarrError as error:
            self._end_failed_task(task, lease, replace_handle_names(str(error), task.path), cancelled, error)
        except OSError as error:
            self._end_failed_task(
                task, lease, f"{error.filename or task.path}: {error.strerror or error}; fix it, then retry", cancelled, error
            )
        except Exception as error:  # the task boundary: recorded, and the loop continues
            log.exception("task=%d failed unexpectedly", task.id)
            self._record_failure(
                task, lease, f"{type(error).__name__}: {error}; this is a bug in Dubarr; see its log", UNEXPECTED
            )
        finally:
            self._cancelled = None

    def _end_failed_task(self, task: Task, lease: Lease, error: str, cancelled: threading.Event, cause: Exception) -> None:
        """Record a failure, or release the lease where the film is not the cause: the task was cancelled, or the disk is in trouble."""
        if cancelled.is_set():
            self._release_lease(task, lease)
        elif trouble := self._find_trouble():
            log.error("task=%d stopped: %s; because %s", lease.task_id, error, trouble)
            self._release_lease(task, lease)
        else:
            self._record_failure(task, lease, error, "OSError" if isinstance(cause, OSError) else type(cause).__name__)

    def _release_lease(self, task: Task, lease: Lease) -> None:
        try:
            self._store.leases.release(lease)
            log.info("task=%d released to the queue", task.id)
        except LeaseLost:
            log.info("task=%d was cancelled, or taken over by another worker", task.id)
            restore_cancelled_film(task, self._settings, self._store)

    def _record_skip(self, task: Task, lease: Lease, reason: str) -> None:
        log.info("task=%d skipped: %s", lease.task_id, reason)
        try:
            self._store.leases.skip(lease, reason, receivers=self._choose_receivers(task))
            self._outbox.wake()
        except LeaseLost:
            log.info("task=%d was cancelled", lease.task_id)

    def _record_failure(self, task: Task, lease: Lease, error: str, reason: str) -> None:
        """Record a failure. `reason`: the class of the error, for metrics: there are some dozens."""
        log.error("task=%d failed: %s", lease.task_id, error)
        try:
            self._store.leases.fail(lease, error, reason=reason, receivers=self._choose_receivers(task))
            self._outbox.wake()
        except LeaseLost:
            log.info("task=%d lease lost; the failure is not recorded", lease.task_id)

    def _choose_receivers(self, task: Task, *, is_done: bool = False) -> frozenset[Receiver]:
        """Applications that are told of a task's end, by the settings as they are now."""
        return choose_receivers(task, self._read_settings(), is_done=is_done)

    @contextmanager
    def _renew_lease_in_background(self, lease: Lease, cancelled: threading.Event) -> Iterator[None]:
        """Renew the lease by a heartbeat thread, for as long as the block. A lost lease sets `cancelled`; from then on the running
        processes and calls are killed again and again until the block ends.
        """
        over, renewed = threading.Event(), time.monotonic()

        def beat() -> None:
            nonlocal renewed
            while not over.wait(CANCEL_INTERVAL_S if cancelled.is_set() else HEARTBEAT_INTERVAL_S):
                self._send_heartbeat()
                try:
                    self._store.leases.renew_lease(lease, LEASE_S)
                    renewed = time.monotonic()
                except LeaseLost:
                    cancelled.set()
                except StoreError as error:
                    log.error("task=%d lease not renewed: %s", lease.task_id, error)
                    if time.monotonic() - renewed > LEASE_S:
                        cancelled.set()  # by now it may be another worker's
                if cancelled.is_set():
                    self._end_running_work()

        thread = threading.Thread(target=beat, name=f"heartbeat-{lease.task_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _end_running_work(self) -> None:
        """Kill the processes and end the calls of the running stage; the runner starts no other stage of a cancelled task."""
        process_groups.kill_all()
        self._tools.end_calls()
