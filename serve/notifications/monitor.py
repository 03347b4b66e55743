"""Notification monitor: a thread that watches store, disk and engines, and sends rate-limited messages.

It only reads, at intervals, in no transaction of the store; a message that fails is logged and never fails a task.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import DubarrError
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.service_status import SystemStatus
from pipeline.values.task_lists.task_query import SortOrder, TaskFilter, TaskQuery, TaskSort
from pipeline.values.tasks import Task
from serve.notifications.apprise_sender import send_message
from serve.notifications.events import Event, compose_message, describe_engines_down, describe_finished_tasks
from serve.store.remote_store import RemoteStore

log = logging.getLogger(__name__)

POLL_INTERVAL_S = 10.0
GATHER_S = 30.0  # after an event, in which others of its kind join its message
MIN_INTERVAL_S = 900.0  # between two messages of one kind
MAX_EVENTS = 1_000  # of one kind that wait for their message
STATUS_KINDS = frozenset({"engine", "disk"})  # of events that the system status tells
SEEN_NAME = "notified-until"  # file in DATA_DIR: time of the last task that was seen

Send = Callable[[Sequence[str], str, str], object]


class NotificationMonitor:
    """Monitor of the events that people are notified of. `run` blocks; give it a daemon thread."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        store: Store | RemoteStore,
        system: Callable[[], SystemStatus],
        *,
        send: Send = send_message,
        clock: Callable[[], float] = time.monotonic,
        is_leader: Callable[[], bool] = lambda: True,
    ) -> None:
        """`is_leader`: true in one process of the service at a time, which sends the messages."""
        self._settings, self._store, self._system, self._send, self._clock = settings, store, system, send, clock
        self._waiting: dict[str, list[Event]] = {}
        self._since: dict[str, float] = {}  # kind → clock of the first event that waits
        self._sent: dict[str, float] = {}  # kind → clock of its last message
        self._engines: Mapping[str, str] = {}
        self._disk_trouble = False
        self._is_leader, self._was_leader = is_leader, False
        self._seen = self._read_seen(settings().data_dir / SEEN_NAME, datetime.now(UTC).replace(tzinfo=None))

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self.run, name="notifications", daemon=True).start()

    def run(self) -> None:
        """Check at intervals, for ever."""
        while True:
            try:
                self.check()
            except (DubarrError, OSError) as error:
                log.warning("notifications: %s", error)
            time.sleep(POLL_INTERVAL_S)

    def check(self) -> None:
        """Find new events, and send the messages that are due. Only the leader does; one that becomes it starts where the last was."""
        settings = self._settings()
        was_leader, self._was_leader = self._was_leader, self._is_leader()
        if not self._was_leader:
            return
        if not was_leader:
            self._waiting, self._since = {}, {}
            self._seen = self._read_seen(settings.data_dir / SEEN_NAME, self._seen)
        wanted = frozenset(settings.notify_on) if settings.notify_urls else frozenset()
        for event in (*self._find_finished(settings.data_dir / SEEN_NAME), *self._find_failures(wanted)):
            if event.kind in wanted and len(self._waiting.setdefault(event.kind, [])) < MAX_EVENTS:
                self._waiting[event.kind].append(event)
                self._since.setdefault(event.kind, self._clock())
        for kind in tuple(self._waiting):
            if kind not in wanted:
                self._forget(kind)
            elif self._is_due(kind):
                self._send_waiting(kind, (settings.notify_urls or "").split())

    def _find_finished(self, file: Path) -> tuple[Event, ...]:
        """Find the tasks that ended since the last check, and keep until when in a file."""
        tasks = self._list_finished()
        if tasks:
            self._seen = max(task.finished_at for task in tasks if task.finished_at)
            file.write_text(self._seen.isoformat(), encoding="utf-8")
        return describe_finished_tasks(tasks)

    def _find_failures(self, wanted: frozenset[str]) -> tuple[Event, ...]:
        """Find engines and disks that came into trouble since the last check. The status is not measured, and the known one is
        forgotten, where nobody wants to be notified of it: measuring costs a tenth of a second of CPU.
        """
        if not wanted & STATUS_KINDS:
            self._engines, self._disk_trouble = {}, False
            return ()
        status = self._system()
        down = describe_engines_down(status.engines, self._engines)
        self._engines = {each.deployment: each.status for each in status.engines}
        trouble, known = status.disk.trouble, self._disk_trouble
        self._disk_trouble = trouble is not None
        disk = (Event("disk", "disk nearly full", trouble),) if trouble and not known else ()
        return (*down, *disk)

    def _list_finished(self) -> tuple[Task, ...]:
        """List the tasks that ended since the last check, the oldest first; those above `MAX_EVENTS` are the next check's."""
        since = TaskFilter(finished_after=self._seen)
        return self._store.tasks.list_page(TaskQuery(since, TaskSort.FINISHED, SortOrder.ASCENDING, MAX_EVENTS))[0]

    def _is_due(self, kind: str) -> bool:
        now = self._clock()
        return now - self._since[kind] >= GATHER_S and now - self._sent.get(kind, -MIN_INTERVAL_S) >= MIN_INTERVAL_S

    def _send_waiting(self, kind: str, addresses: Sequence[str]) -> None:
        message = compose_message(self._waiting[kind])
        self._forget(kind)
        self._sent[kind] = self._clock()
        self._send(addresses, message.title, message.body)

    def _forget(self, kind: str) -> None:
        self._waiting.pop(kind, None)
        self._since.pop(kind, None)

    def _read_seen(self, file: Path, otherwise: datetime) -> datetime:
        """Time of the last task that was seen before a restart, or by another leader."""
        try:
            return datetime.fromisoformat(file.read_text(encoding="utf-8").strip())
        except (OSError, ValueError):
            return otherwise
