"""Store actor: the named, detached Ray actor that owns the DuckDB store.

It restarts when it dies, and calls in flight are retried (writes are idempotent), at most `MAX_RETRIES` times: a call may be what
kills it. Calls run in concurrency groups, each with threads of its own: leases, heartbeats and health never wait for a backup, nor
for a long list. Callers use `serve.store.remote_store`.
"""

import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import DubarrError
from pipeline.store.store import Store
from serve.metrics.process_sums import ProcessSums, Sample, Samples
from serve.runtime.private_folders import restrict_umask
from serve.store.leader_leases import LeaderLeases
from serve.store.queue_signal import QUEUE_CHANGES, QueuePoll, QueueSignal
from serve.store.worker_heartbeats import NO_CALLS, InflightTotals

log = logging.getLogger(__name__)

ACTOR_NAME = "keeper"  # must not change: a redeployed service finds the actor of the previous release by it
NAMESPACE = "dubarr"
STORE_PARTS = frozenset(
    {
        *("tasks", "leases", "stages", "lines", "cast", "edits", "takes", "reviews", "history", "rules"),
        *("library", "keys", "sessions", "events", "totals", "outbox", "store"),
    }
)
CLAIM = ("leases", "claim_next_task")
HEAD_NODE = {"node:__internal_head__": 0.001}  # Ray's resource of the head node
LEASE_S = 12.0  # also the delay until the task of a worker that died on another machine is claimed again
ENGINE_REPORT_LIFETIME_S = 30.0  # after which an engine's report is ignored
MAX_RETRIES = 5  # of one call, each after a death of the actor during it

MAX_IDLE_WORKERS = 256  # that can wait at a time, each in a thread of the actor that sleeps; others wait for their turn to wait
QUEUE_CHECK_INTERVAL_S = 1.0  # until an expired lease, or a film whose time has come, is seen
OWNERS_TTL_S = 1.0  # of their list in the answers of long polls

LEASES, HEARTBEATS, COPIES, WAITS = (
    "leases",
    "signs",
    "copies",
    "waits",
)  # concurrency groups; every other call runs in Ray's default one
THREADS_OF_GROUP = {
    LEASES: 1,
    HEARTBEATS: 1,
    COPIES: 1,
    WAITS: MAX_IDLE_WORKERS,
}  # calls of one group and caller keep their order
DEFAULT_THREADS = 4


@dataclass(frozen=True, slots=True)
class EngineReport:
    """Last health report of an engine's replica. `seconds`: load time; `trouble`: error that keeps it from working; `at`: the actor's monotonic clock."""

    seconds: float
    trouble: str | None
    at: float


class StoreActor:
    """Owner of the DuckDB file. `ask` calls any public method of the store; heartbeats and engine reports are held in memory."""

    def __init__(self, database: Path) -> None:
        restrict_umask()
        self._store = Store(database)
        self._store.leases.restart_leases(LEASE_S)
        self._store.daily_backup()
        self._worker_seen: float | None = None
        self._reports: dict[str, EngineReport] = {}
        self._inflight = InflightTotals()
        self._queue = QueueSignal()
        self._latest_build = 0
        self._leaders = LeaderLeases()
        self._owners: tuple[float, frozenset[str]] = (0.0, frozenset())  # until when the list is valid
        self._closing = threading.Event()
        threading.Thread(target=self._check_queue, name="queue-check", daemon=True).start()
        self._metrics = ProcessSums()

    def ask(self, part: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a public method of the store or of one of its parts, such as `tasks`. ValueError for any other name."""
        if part not in STORE_PARTS or method.startswith("_"):
            raise ValueError(f"the store has no {part}.{method}")
        try:
            answer = getattr(self._store if part == "store" else getattr(self._store, part), method)(*args, **kwargs)
            if (part, method) == CLAIM and answer is not None:
                self._queue.notify()  # the next one may find a task, too
            return answer
        finally:
            if (part, method) in QUEUE_CHANGES:
                self._queue.notify()

    def wait_for_task(self, worker: str, timeout_s: float) -> QueuePoll:
        """Long poll of the queue: block until a task may be claimable, or for `timeout_s`. Counts as a heartbeat."""
        self.beat(worker)
        is_woken = self._queue.wait(timeout_s)
        self.beat(worker)
        return QueuePoll(is_woken, self._list_owners())

    def _list_owners(self) -> frozenset[str]:
        until, owners = self._owners
        if time.monotonic() > until:
            owners = self._store.leases.list_owners()
            self._owners = (time.monotonic() + OWNERS_TTL_S, owners)
        return owners

    def _check_queue(self) -> None:
        """Wake a waiting worker for a task that became claimable by time alone. Thread."""
        while not self._closing.wait(QUEUE_CHECK_INTERVAL_S):
            try:
                if self._queue.waiting and self._store.leases.has_claimable():
                    self._queue.notify()
            except DubarrError as error:
                log.warning("the queue cannot be checked: %s", error)

    def beat(self, worker: str = "", calls: Mapping[str, int] = NO_CALLS) -> None:
        """Record a worker's heartbeat with its calls in flight, by deployment."""
        self._worker_seen = time.monotonic()
        self._inflight.record(worker, calls)

    def count_workers(self) -> int:
        """Number of workers whose heartbeat is recent."""
        return self._inflight.count_workers()

    def announce_build(self, built_at: int) -> None:
        """Record when the application was built that a process belongs to, in ns since the epoch; the latest one counts."""
        self._latest_build = max(self._latest_build, built_at)

    def get_latest_build(self) -> int:
        """Return when the latest application was built: replicas of an earlier one are being replaced."""
        return self._latest_build

    def count_inflight_calls(self) -> dict[str, int]:
        """Count the calls in flight of all workers, by deployment."""
        return self._inflight.sum_by_deployment()

    def get_worker_silence(self) -> float | None:
        """Return the seconds since the last heartbeat of any worker; None before the first."""
        return None if self._worker_seen is None else time.monotonic() - self._worker_seen

    def acquire_leadership(self, duty: str, process: str) -> bool:
        """Make a process the leader of a duty, or renew its lease; False where another process is the leader."""
        return self._leaders.acquire(duty, process)

    def report_engine(self, deployment: str, seconds: float, trouble: str | None) -> None:
        """Record an engine's health report: its load time in seconds, and the error that keeps it from working."""
        self._reports[deployment] = EngineReport(seconds, trouble, time.monotonic())

    def list_engine_reports(self) -> dict[str, EngineReport]:
        """List the last report of each deployment, without expired ones."""
        reports = tuple(self._reports.items())
        return {name: each for name, each in reports if time.monotonic() - each.at < ENGINE_REPORT_LIFETIME_S}

    def report_metrics(self, process: str, samples: Samples) -> None:
        """Record the metrics of a process."""
        self._metrics.record(process, samples)

    def sum_metrics(self, process: str, samples: Samples) -> dict[Sample, float]:
        """Record the metrics of a process, and sum those of all."""
        self._metrics.record(process, samples)
        return self._metrics.sum()

    def process(self) -> int:
        """Return the process id of the actor."""
        return os.getpid()

    def close(self) -> None:
        """Checkpoint and close the database file, before the actor is stopped."""
        self._closing.set()
        self._store.close()
