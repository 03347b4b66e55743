"""Store interface of a worker: a protocol, implemented by the remote store and by a local one with heartbeats."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Protocol

from pipeline.store.casting import Casting
from pipeline.store.lines import Lines
from pipeline.store.monitoring.outbox import Outbox
from pipeline.store.speech.takes import Takes
from pipeline.store.stages import Stages
from pipeline.store.task_leases import Leases
from pipeline.store.tasks import Tasks
from serve.store.queue_signal import QueuePoll
from serve.store.remote_edits import RemoteCasting
from serve.store.remote_monitoring import RemoteOutbox
from serve.store.remote_store_parts import RemoteLines, RemoteStages
from serve.store.remote_takes import RemoteTakes
from serve.store.remote_tasks import RemoteLeases, RemoteTasks


class WorkerStore(Protocol):
    """The store as a worker needs it: `RemoteStore`, or a `Store` with heartbeats and a queue signal."""

    @property
    def tasks(self) -> Tasks | RemoteTasks: ...
    @property
    def leases(self) -> Leases | RemoteLeases: ...
    @property
    def stages(self) -> Stages | RemoteStages: ...
    @property
    def lines(self) -> Lines | RemoteLines: ...
    @property
    def cast(self) -> Casting | RemoteCasting: ...
    @property
    def takes(self) -> Takes | RemoteTakes: ...
    @property
    def outbox(self) -> Outbox | RemoteOutbox: ...

    def beat(self, worker: str, calls: Mapping[str, int]) -> None:
        """Send a heartbeat with the calls in flight, by deployment."""
        ...

    def watch_queue(self, worker: str, timeout_s: float) -> Future[QueuePoll]:
        """Long poll of the queue, answered once a task may be claimable, or after `timeout_s`; a heartbeat."""
        ...
