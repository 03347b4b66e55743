"""Notification monitor: a thread that watches store, disk and engines, and sends rate-limited messages.

It only reads, at intervals, in no transaction of the store. A message about ended tasks is sent at least once: a file keeps the time of
the last end that was told, so that what a kill left unsent is found again. A message that fails is tried again, a few times; a
failure at last is logged, and never fails a task.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import DubarrError
from pipeline.filesystem.fsync import replace_file
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.service_status import SystemStatus
from pipeline.values.task_lists.task_query import SortOrder, TaskFilter, TaskQuery, TaskSort
from pipeline.values.tasks import Task
from serve.notifications.apprise_sender import send_message
from serve.notifications.events import Event, Message, compose_message, describe_engines_down, describe_finished_tasks
from serve.store.remote_store import RemoteStore

log = logging.getLogger(__name__)

POLL_INTERVAL_S = 10.0
GATHER_S = 30.0  # after an event, in which others of its kind join its message
MIN_INTERVAL_S = 900.0  # between two messages of one kind
MAX_EVENTS = 1_000  # of one kind that wait for their message
STATUS_KINDS = frozenset({"engine", "disk"})  # of events that the system status tells
SEEN_NAME = "notified-until"  # file in DATA_DIR: kind → end of the last task that was told, or needed no message
RETRY_DELAYS_S = (30.0, 120.0, 600.0, 3_600.0)  # before the second attempt of a message, and so on
TASK_KINDS = ("done", "failed")  # of events

Send = Callable[
    [Sequence[str], str, str], Sequence[int]
]  # addresses, title, body; returns the places, from 1, of those that failed


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that did not reach these addresses. `attempts`: so far; `due`: clock of the next one; `until`: end of its last task."""

    message: Message
    addresses: Sequence[str]
    attempts: int
    due: float
    until: datetime | None


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
        self._unsent: dict[str, Unsent] = {}
        self._engines: Mapping[str, str] = {}
        self._disk_trouble = False
        self._is_leader, self._was_leader = is_leader, False
        self._told = dict.fromkeys(
            TASK_KINDS, datetime.now(UTC).replace(tzinfo=None)
        )  # kind → end of the last task that was told
        self._written: Mapping[str, datetime] = {}  # as the file has it, as far as this process knows
        self._seen = min(self._told.values())  # end of the last task that was listed

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
            self._waiting, self._since, self._unsent = {}, {}, {}
            self._told, self._written = self._read_told(settings.data_dir / SEEN_NAME), {}
            self._seen = min(self._told.values())
        wanted = frozenset(settings.notify_on) if settings.notify_urls else frozenset()
        for event in (*self._find_finished(), *self._find_failures(wanted)):
            if event.kind in wanted and len(self._waiting.setdefault(event.kind, [])) < MAX_EVENTS:
                self._waiting[event.kind].append(event)
                self._since.setdefault(event.kind, self._clock())
        for kind in {*self._waiting, *self._unsent}:
            if kind not in wanted:
                self._forget(kind)
                self._unsent.pop(kind, None)
            elif kind in self._unsent:
                self._retry(kind)
            elif self._is_due(kind):
                self._send_waiting(kind, (settings.notify_urls or "").split())
        self._write_told(settings.data_dir / SEEN_NAME)

    def _find_finished(self) -> tuple[Event, ...]:
        """Find the tasks that ended since the last check, without those that were told before a restart."""
        tasks = self._list_finished()
        if tasks:
            self._seen = max(task.finished_at for task in tasks if task.finished_at)
        return tuple(each for each in describe_finished_tasks(tasks) if each.at is None or each.at > self._told[each.kind])

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
        events = self._waiting[kind]
        until = max((each.at for each in events if each.at), default=None)
        self._forget(kind)
        self._sent[kind] = self._clock()
        self._attempt(kind, Unsent(compose_message(events), addresses, 0, 0.0, until))

    def _retry(self, kind: str) -> None:
        """Send a message that failed once more, where that is due."""
        if self._clock() >= self._unsent[kind].due:
            self._attempt(kind, self._unsent.pop(kind))

    def _attempt(self, kind: str, unsent: Unsent) -> None:
        """Send a message. Where it fails it is kept for another attempt, and after the last one given up."""
        failed = self._send(unsent.addresses, unsent.message.title, unsent.message.body)
        attempts = unsent.attempts + 1
        if failed and attempts <= len(RETRY_DELAYS_S):
            addresses = [unsent.addresses[place - 1] for place in failed]
            due = self._clock() + RETRY_DELAYS_S[attempts - 1]
            self._unsent[kind] = Unsent(unsent.message, addresses, attempts, due, unsent.until)
            return
        if failed:
            log.error("notification %r is given up after %d attempts", unsent.message.title, attempts)
        if unsent.until is not None:
            self._told[kind] = unsent.until

    def _forget(self, kind: str) -> None:
        self._waiting.pop(kind, None)
        self._since.pop(kind, None)

    def _write_told(self, file: Path) -> None:
        """Write the end of the last task that was told, of each kind; where nothing waits, of the last one that was seen."""
        for kind, told in self._told.items():
            if kind not in self._waiting and kind not in self._unsent:
                self._told[kind] = max(told, self._seen)
        if self._told != self._written:
            self._written = dict(self._told)
            replace_file(file, json.dumps({kind: at.isoformat() for kind, at in self._told.items()}).encode(), 0o600)

    def _read_told(self, file: Path) -> dict[str, datetime]:
        """The ends that were told before a restart, or by another leader. An earlier release wrote one time for all."""
        try:
            text = file.read_text(encoding="utf-8").strip()
            times = json.loads(text) if text.startswith("{") else dict.fromkeys(TASK_KINDS, text)
            return {kind: datetime.fromisoformat(times[kind]) for kind in TASK_KINDS}
        except (OSError, ValueError, KeyError, TypeError):
            return dict(self._told)
