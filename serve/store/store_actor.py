"""Store actor: the named, detached Ray actor that owns the DuckDB store.

It restarts when it dies, and calls in flight are retried (writes are idempotent), at most `MAX_RETRIES` times: a call may be what
kills it. Calls run in concurrency groups, each with threads of its own: leases, heartbeats and health never wait for a backup, nor
for a long list. Callers use `serve.store.remote_store`.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.store.store import Store
from serve.runtime.private_folders import restrict_umask
from serve.store.leader_leases import LeaderLeases
from serve.store.queue_signal import QUEUE_CHANGES, QueueSignal
from serve.store.worker_heartbeats import NO_CALLS, InflightTotals

ACTOR_NAME = "keeper"  # must not change: a redeployed service finds the actor of the previous release by it
NAMESPACE = "dubarr"
STORE_PARTS = frozenset({"tasks", "leases", "stages", "lines", "cast", "edits", "takes", "reviews", "history", "rules", "store"})
HEAD_NODE = {"node:__internal_head__": 0.001}  # Ray's resource of the head node
LEASE_S = 12.0  # also the delay until the task of a worker that died on another machine is claimed again
ENGINE_REPORT_LIFETIME_S = 30.0  # after which an engine's report is ignored
MAX_RETRIES = 5  # of one call, each after a death of the actor during it

LEASES, HEARTBEATS, COPIES, WAITS = (
    "leases",
    "signs",
    "copies",
    "waits",
)  # concurrency groups; every other call runs in Ray's default one
THREADS_OF_GROUP = {LEASES: 1, HEARTBEATS: 1, COPIES: 1, WAITS: 32}  # calls of one group and caller keep their order
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
        self._leaders = LeaderLeases()

    def ask(self, part: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a public method of the store or of one of its parts, such as `tasks`. ValueError for any other name."""
        if part not in STORE_PARTS or method.startswith("_"):
            raise ValueError(f"the store has no {part}.{method}")
        try:
            return getattr(self._store if part == "store" else getattr(self._store, part), method)(*args, **kwargs)
        finally:
            if (part, method) in QUEUE_CHANGES:
                self._queue.notify()

    def wait_for_task(self, seen: int, timeout_s: float) -> int:
        """Long poll of the queue: block until it changed since `seen`, or for `timeout_s`. Returns the counter of its changes."""
        return self._queue.wait(seen, timeout_s)

    def beat(self, worker: str = "", calls: Mapping[str, int] = NO_CALLS) -> None:
        """Record a worker's heartbeat with its calls in flight, by deployment."""
        self._worker_seen = time.monotonic()
        self._inflight.record(worker, calls)

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

    def process(self) -> int:
        """Return the process id of the actor."""
        return os.getpid()

    def close(self) -> None:
        """Checkpoint and close the database file, before the actor is stopped."""
        self._store.close()
