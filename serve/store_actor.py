"""The keeper: the named, detached actor that owns the store, and how everyone else asks it.

It restarts when it dies and its callers' calls are retried (writes are idempotent), so nobody sees its death; but no call is
retried for ever, because it may be the call that kills it. Its calls run in concurrency groups, each with threads of its own:
leases, heartbeats and health never wait for a backup, nor for a long list.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pipeline.errors import StoreError
from pipeline.store import Store
from pipeline.store.casting import Casting
from pipeline.store.edits import Edits
from pipeline.store.history import History
from pipeline.store.lines import Lines
from pipeline.store.stages import Stages
from pipeline.store.tasks import Tasks
from serve.runtime.private_folders import restrict_umask
from serve.worker_heartbeats import NO_CALLS, InflightTotals

NAME = "keeper"
NAMESPACE = "dubarr"
PARTS = frozenset({"tasks", "stages", "lines", "cast", "edits", "history", "store"})
HEAD = {"node:__internal_head__": 0.001}  # Ray's own name for the node that leads a cluster
LEASE = 12.0  # s; how long a dead worker's task waits where nobody can know that it is dead
STALE = 30.0  # s after which an engine's note tells nothing any more
MAX_RETRIES = 5  # of one call, each after a death of the keeper during it

LEASES, SIGNS, COPIES = "leases", "signs", "copies"  # concurrency groups; every other call runs in Ray's default one
GROUPS = {LEASES: 1, SIGNS: 1, COPIES: 1}  # threads; calls of one group and caller keep their order
DEFAULT_THREADS = 4
GROUP_OF = {
    ("tasks", "claim_next"): LEASES,
    ("tasks", "renew"): LEASES,
    ("tasks", "released"): LEASES,
    ("tasks", "progressed"): LEASES,
    ("tasks", "finished"): LEASES,
    ("tasks", "failed"): LEASES,
    ("tasks", "owners"): LEASES,
    ("tasks", "queue_stats"): LEASES,
    ("store", "backup"): COPIES,
    ("store", "daily_backup"): COPIES,
    ("store", "snapshot"): COPIES,
}


@dataclass(frozen=True, slots=True)
class EngineNote:
    """What a replica said of its engine. `seconds`: what loading it cost; `trouble`: why it cannot work; `at`: our clock."""

    seconds: float
    trouble: str | None
    at: float


class Keeper:
    """Owns the DuckDB file. `ask` answers any question of the store; the worker's signs of life are kept in memory."""

    def __init__(self, database: Path) -> None:
        restrict_umask()
        self._store = Store(database)
        self._store.tasks.restart_leases(LEASE)
        self._store.daily_backup()
        self._worker_seen: float | None = None
        self._notes: dict[str, EngineNote] = {}
        self._inflight = InflightTotals()

    def ask(self, part: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a public method of the store or of one of its parts."""
        if part not in PARTS or method.startswith("_"):
            raise ValueError(f"the store has no {part}.{method}")
        return getattr(self._store if part == "store" else getattr(self._store, part), method)(*args, **kwargs)

    def beat(self, worker: str = "", calls: Mapping[str, int] = NO_CALLS) -> None:
        """A worker lives, and has these calls under way: deployment → how many."""
        self._worker_seen = time.monotonic()
        self._inflight.record(worker, calls)

    def calls(self) -> dict[str, int]:
        """Calls that the workers have under way: deployment → how many."""
        return self._inflight.sum_by_deployment()

    def worker_silence(self) -> float | None:
        """Seconds since the worker's last sign of life; None before the first."""
        return None if self._worker_seen is None else time.monotonic() - self._worker_seen

    def note(self, deployment: str, seconds: float, trouble: str | None) -> None:
        """How an engine's replica is: what loading it cost, and why it cannot work."""
        self._notes[deployment] = EngineNote(seconds, trouble, time.monotonic())

    def notes(self) -> dict[str, EngineNote]:
        """The last note of each engine that gave one lately."""
        return {name: note for name, note in tuple(self._notes.items()) if time.monotonic() - note.at < STALE}

    def process(self) -> int:
        """The process that it is in now."""
        return os.getpid()

    def close(self) -> None:
        """Checkpoint and release the file, before the actor is ended in good order."""
        self._store.close()


def call_options(part: str, method: str) -> dict[str, Any]:
    """Ray's options of a call: its concurrency group, and no retries of copies, which a full memory or disk may end."""
    group = GROUP_OF.get((part, method))
    if group is None:
        return {}
    return {"concurrency_group": group} | ({"max_task_retries": 0} if group == COPIES else {})


class _Part:
    """One part of the store, asked over there."""

    def __init__(self, actor: Any, part: str) -> None:
        self._actor, self._part = actor, part

    def __getattr__(self, method: str) -> Any:
        import ray

        options = call_options(self._part, method)

        def ask(*args: Any, **kwargs: Any) -> Any:
            try:
                return ray.get(self._actor.ask.options(**options).remote(self._part, method, args, kwargs))
            except ray.exceptions.RayTaskError as error:
                raise (error.cause or error) from None
            except ray.exceptions.RayActorError as error:
                raise StoreError("the store's process ended during this call and starts anew; try again") from error

        return ask


class RemoteStore:
    """The store as seen from another process: the same parts and methods as `Store`. Blocks; call it from a thread."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor
        self.tasks = cast(Tasks, _Part(actor, "tasks"))
        self.stages = cast(Stages, _Part(actor, "stages"))
        self.lines = cast(Lines, _Part(actor, "lines"))
        self.cast = cast(Casting, _Part(actor, "cast"))
        self.edits = cast(Edits, _Part(actor, "edits"))
        self.history = cast(History, _Part(actor, "history"))
        self._store = cast(Store, _Part(actor, "store"))

    def _of_signs(self, method: str) -> Any:
        return getattr(self._actor, method).options(concurrency_group=SIGNS)

    def snapshot(self, folder: Path) -> Path:
        """Copy the store, as it is committed now, into an empty folder beside it, for a query. StoreError. Returns the copy."""
        return self._store.snapshot(folder)

    def backup(self, folder: Path | None = None) -> Path:
        """Copy the store, as it is committed now, into a folder; the usual one where none is given. StoreError."""
        return self._store.backup(folder)

    def beat(self, worker: str = "", calls: Mapping[str, int] = NO_CALLS) -> None:
        """Tell that a worker lives, and which calls it has under way: deployment → how many."""
        self._of_signs("beat").remote(worker, dict(calls))

    def calls(self) -> dict[str, int]:
        """Calls that the workers have under way: deployment → how many."""
        import ray

        return cast("dict[str, int]", ray.get(self._of_signs("calls").remote()))

    def note(self, deployment: str, seconds: float, trouble: str | None) -> None:
        """Tell how an engine's replica is."""
        self._of_signs("note").remote(deployment, seconds, trouble)

    def notes(self) -> dict[str, EngineNote]:
        """The last note of each engine that gave one lately."""
        import ray

        return cast("dict[str, EngineNote]", ray.get(self._of_signs("notes").remote()))

    def worker_silence(self) -> float | None:
        """Seconds since the worker's last sign of life; None before the first."""
        import ray

        return cast("float | None", ray.get(self._of_signs("worker_silence").remote()))


def keeper(database: Path) -> RemoteStore:
    """The running keeper, started where there is none."""
    import ray

    actor = (
        ray.remote(concurrency_groups=GROUPS)(Keeper)
        .options(
            name=NAME,
            namespace=NAMESPACE,
            lifetime="detached",
            get_if_exists=True,
            max_restarts=-1,
            max_task_retries=MAX_RETRIES,
            max_concurrency=DEFAULT_THREADS,
            num_cpus=0,
            resources=HEAD,  # beside the disk that the file is on
        )
        .remote(database)
    )
    return RemoteStore(actor)
