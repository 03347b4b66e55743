"""Remote store: the store of the store actor, with the same parts and methods as `pipeline.store.store.Store`. Blocks: call it from a thread."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from pipeline.errors import StoreError
from pipeline.store.history import History
from pipeline.store.rules import Rules
from pipeline.store.scripts.reviews import Reviews
from pipeline.store.store import Store
from pipeline.values.rules.rule import Rule
from pipeline.values.script import LineReview, ReviewChange, ReviewProgress
from pipeline.values.service_status import Failure, FinishedFilm, StageSpeeds
from serve.metrics.process_sums import Sample, Samples
from serve.store.queue_signal import QueuePoll
from serve.store.remote_access import RemoteApiKeys, RemoteSessions
from serve.store.remote_edits import RemoteCasting, RemoteEdits
from serve.store.remote_library import RemoteLibraryFilms
from serve.store.remote_monitoring import RemoteEvents, RemoteOutbox, RemoteTotals
from serve.store.remote_store_parts import (
    RemoteLines,
    RemoteStages,
)
from serve.store.remote_takes import RemoteTakes
from serve.store.remote_tasks import RemoteLeases, RemoteTasks
from serve.store.store_actor import (
    ACTOR_NAME,
    DEFAULT_THREADS,
    HEAD_NODE,
    HEARTBEATS,
    MAX_RETRIES,
    NAMESPACE,
    THREADS_OF_GROUP,
    WAITS,
    EngineReport,
    StoreActor,
)
from serve.store.store_calls import RemotePart
from serve.store.worker_heartbeats import NO_CALLS

P = ParamSpec("P")
R = TypeVar("R")


class RemoteHistory(RemotePart):
    """`History` of the store, by the store actor."""

    def list_finished_films(self, limit: int = 500) -> tuple[FinishedFilm, ...]:
        return self._ask(History.list_finished_films, limit)

    def list_failures(self, limit: int = 20) -> tuple[Failure, ...]:
        return self._ask(History.list_failures, limit)

    def measure_stage_speeds(self) -> StageSpeeds:
        return self._ask(History.measure_stage_speeds)


class RemoteReviews(RemotePart):
    """`Reviews` of the store, by the store actor."""

    def list_reviews(self, task_id: int, language: str) -> tuple[LineReview, ...]:
        return self._ask(Reviews.list_reviews, task_id, language)

    def put_reviews(self, task_id: int, language: str, changes: Sequence[ReviewChange]) -> None:
        return self._ask(Reviews.put_reviews, task_id, language, changes)

    def measure_begun(self, task_ids: Sequence[int]) -> dict[int, ReviewProgress]:
        return self._ask(Reviews.measure_begun, task_ids)

    def measure_progress(self, task_ids: Sequence[int], language: str | None = None) -> dict[int, ReviewProgress]:
        return self._ask(Reviews.measure_progress, task_ids, language)


class RemoteRules(RemotePart):
    """`Rules` of the store, by the store actor."""

    def list_rules(self) -> tuple[Rule, ...]:
        return self._ask(Rules.list_rules)

    def replace_rules(self, rules: Sequence[Rule], expected: str | None = None) -> None:
        return self._ask(Rules.replace_rules, rules, expected)


class RemoteStore(RemotePart):
    """Client of the store actor, also for heartbeats of workers and reports of engines."""

    def __init__(self, actor: Any) -> None:
        super().__init__(actor, "store")
        self.tasks = RemoteTasks(actor, "tasks")
        self.leases = RemoteLeases(actor, "leases")
        self.stages = RemoteStages(actor, "stages")
        self.lines = RemoteLines(actor, "lines")
        self.cast = RemoteCasting(actor, "cast")
        self.edits = RemoteEdits(actor, "edits")
        self.takes = RemoteTakes(actor, "takes")
        self.reviews = RemoteReviews(actor, "reviews")
        self.history = RemoteHistory(actor, "history")
        self.rules = RemoteRules(actor, "rules")
        self.library = RemoteLibraryFilms(actor, "library")
        self.keys = RemoteApiKeys(actor, "keys")
        self.sessions = RemoteSessions(actor, "sessions")
        self.events = RemoteEvents(actor, "events")
        self.totals = RemoteTotals(actor, "totals")
        self.outbox = RemoteOutbox(actor, "outbox")

    def snapshot(self, folder: Path) -> Path:
        return self._ask(Store.snapshot, folder)

    def backup(self, folder: Path | None = None) -> Path:
        return self._ask(Store.backup, folder)

    def beat(self, worker: str = "", calls: Mapping[str, int] = NO_CALLS) -> None:
        """Send a worker's heartbeat with its calls in flight, by deployment."""
        self._actor.beat.options(concurrency_group=HEARTBEATS).remote(worker, dict(calls))

    def watch_queue(self, worker: str, timeout_s: float) -> Future[QueuePoll]:
        """Long poll of the queue, answered once a task may be claimable, or after `timeout_s`; a heartbeat. Does not block."""
        wait = self._actor.wait_for_task.options(concurrency_group=WAITS, max_task_retries=0)
        return cast("Future[QueuePoll]", wait.remote(worker, timeout_s).future())

    def count_workers(self) -> int:
        """Number of workers whose heartbeat is recent."""
        return self._call_actor(StoreActor.count_workers)

    def announce_build(self, built_at: int) -> None:
        """Record when the application was built that this process belongs to, in ns since the epoch."""
        self._call_actor(StoreActor.announce_build, built_at)

    def get_latest_build(self) -> int:
        """Return when the latest application was built: replicas of an earlier one are being replaced."""
        return self._call_actor(StoreActor.get_latest_build)

    def count_inflight_calls(self) -> dict[str, int]:
        """Count the calls in flight of all workers, by deployment."""
        return self._call_actor(StoreActor.count_inflight_calls)

    def report_engine(self, deployment: str, seconds: float, trouble: str | None) -> None:
        """Send an engine's health report: its load time in seconds, and the error that keeps it from working."""
        self._actor.report_engine.options(concurrency_group=HEARTBEATS).remote(deployment, seconds, trouble)

    def list_engine_reports(self) -> dict[str, EngineReport]:
        """List the last report of each deployment, without expired ones."""
        return self._call_actor(StoreActor.list_engine_reports)

    def get_worker_silence(self) -> float | None:
        """Return the seconds since the last heartbeat of any worker; None before the first."""
        return self._call_actor(StoreActor.get_worker_silence)

    def acquire_leadership(self, duty: str, process: str) -> bool:
        """Make a process the leader of a duty, or renew its lease; False where another process is the leader. StoreError."""
        return self._call_actor(StoreActor.acquire_leadership, duty, process)

    def report_metrics(self, process: str, samples: Samples) -> None:
        """Send the metrics of a process."""
        self._actor.report_metrics.options(concurrency_group=HEARTBEATS).remote(process, samples)

    def sum_metrics(self, process: str, samples: Samples) -> dict[Sample, float]:
        """Send the metrics of a process, and sum those of all. StoreError."""
        return self._call_actor(StoreActor.sum_metrics, process, samples)

    def _call_actor(self, method: Callable[Concatenate[StoreActor, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a method of the actor itself, in the concurrency group of heartbeats. StoreError where the actor died."""
        import ray

        call = getattr(self._actor, method.__name__).options(concurrency_group=HEARTBEATS)
        try:
            return cast(R, ray.get(call.remote(*args, **kwargs)))
        except ray.exceptions.RayActorError as error:
            raise StoreError("the store's process died during this call and is restarting; try again") from error


def connect_store(database: Path) -> RemoteStore:
    """Connect to the running store actor, started where there is none."""
    import ray

    actor = (
        ray.remote(concurrency_groups=THREADS_OF_GROUP)(StoreActor)
        .options(
            name=ACTOR_NAME,
            namespace=NAMESPACE,
            lifetime="detached",
            get_if_exists=True,
            max_restarts=-1,
            max_task_retries=MAX_RETRIES,
            max_concurrency=DEFAULT_THREADS,
            num_cpus=0,
            resources=HEAD_NODE,  # where the database file lies
        )
        .remote(database)
    )
    return RemoteStore(actor)
