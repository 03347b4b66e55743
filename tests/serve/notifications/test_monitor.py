"""Notifications: one message for one event, a summary for many, nothing unless it was asked for, and no secrets in the log."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.service_status import SystemStatus
from pipeline.values.tasks import DubRequest
from serve.notifications import monitor
from serve.notifications.apprise_sender import describe_delivery, send_message
from serve.notifications.monitor import NotificationMonitor
from tests.support.dashboard import SYSTEM
from tests.support.media_servers import media_server


class Watch:
    """A monitor over a store, with a clock, messages and settings at hand."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_dir=folder, notify_urls="json://nas/secret")
        self.store, self.now, self.sent = Store(folder / "test.duckdb"), 0.0, []
        self.failing: list[int] = []  # places of addresses that cannot be reached
        self.system, self.measured = replace(SYSTEM, engines=()), 0
        self.restart()

    def restart(self) -> None:
        self.monitor = NotificationMonitor(
            lambda: self.settings,
            self.store,
            self.measure,
            send=self.send,
            clock=lambda: self.now,
        )

    def send(self, *message) -> list[int]:
        self.sent.append(message)
        return list(self.failing)

    def measure(self) -> SystemStatus:
        self.measured += 1
        return self.system

    def end_tasks(self, count: int, *, error: str | None) -> None:
        for number in range(count):
            self.store.tasks.submit(DubRequest(Path(f"/films/{error}-{self.now}-{number}.mkv"), 1, 1, ("es",)))
            _, lease = self.store.leases.claim_next_task("t/1/a", 600)
            self.store.leases.fail(lease, error) if error else self.store.leases.finish(lease, Path("/dub.mkv"))

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.monitor.check()


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    found = Watch(tmp_path)
    yield found
    found.store.close()


def test_a_failure_is_one_message_and_a_library_of_them_one_summary(watch: Watch) -> None:
    watch.end_tasks(1, error="no speech")
    watch.pass_time(0)
    assert watch.sent == []  # others may join it
    watch.pass_time(monitor.GATHER_S)
    ((addresses, title, body),) = watch.sent
    assert (addresses, title) == (["json://nas/secret"], "Dubarr: no speech-0.0-0.mkv failed") and "no speech" in body
    watch.end_tasks(30, error="disk")
    watch.pass_time(60)
    watch.end_tasks(12, error="broken")
    watch.pass_time(60)
    assert len(watch.sent) == 1  # at most one message of a kind in a quarter of an hour
    watch.pass_time(monitor.MIN_INTERVAL_S)
    assert len(watch.sent) == 2
    assert watch.sent[1][1] == "Dubarr: 42 films failed" and watch.sent[1][2].endswith("and 32 more")
    watch.pass_time(monitor.MIN_INTERVAL_S)
    assert len(watch.sent) == 2


def test_it_is_quiet_unless_it_was_asked(watch: Watch) -> None:
    watch.end_tasks(1, error=None)  # done: not among the default events
    watch.pass_time(0)
    watch.pass_time(monitor.GATHER_S)
    assert watch.sent == []
    watch.settings = replace(watch.settings, notify_on=("done",))
    watch.end_tasks(1, error=None)
    watch.end_tasks(1, error="no speech")
    watch.pass_time(0)
    watch.pass_time(monitor.GATHER_S)
    assert [title for _, title, _ in watch.sent] == ["Dubarr: None-30.0-0.mkv dubbed"]
    watch.settings = replace(watch.settings, notify_urls=None)
    watch.end_tasks(1, error=None)
    watch.pass_time(0)
    watch.pass_time(monitor.MIN_INTERVAL_S)
    assert len(watch.sent) == 1


def test_a_disk_and_an_engine_are_told_once_until_they_are_well_again(watch: Watch) -> None:
    full = replace(SYSTEM, disk=replace(SYSTEM.disk, trouble="/data has 1 GB free"))
    for state in (full, full, replace(SYSTEM, engines=()), full):
        watch.system = state
        watch.pass_time(0)
        watch.pass_time(monitor.MIN_INTERVAL_S)
    titles = [title for _, title, _ in watch.sent]
    assert titles.count("Dubarr: disk nearly full") == 2 and titles.count("Dubarr: xtts is down") == 2


def test_the_status_is_measured_only_where_somebody_wants_its_events_and_old_trouble_is_told_then(watch: Watch) -> None:
    watch.system = replace(SYSTEM, disk=replace(SYSTEM.disk, trouble="/data has 1 GB free"), engines=())
    given = watch.settings
    for settings in (replace(given, notify_urls=None), replace(given, notify_on=("failed", "done"))):
        watch.settings = settings
        watch.end_tasks(1, error=None)
        watch.pass_time(1)
    assert watch.measured == 0
    watch.settings = replace(given, notify_on=("disk",))
    watch.pass_time(0)
    watch.pass_time(monitor.GATHER_S)
    assert watch.measured == 2 and [title for _, title, _ in watch.sent] == ["Dubarr: disk nearly full"]


def test_what_ended_during_a_restart_is_told_and_nothing_twice(watch: Watch) -> None:
    watch.end_tasks(1, error="first")
    watch.pass_time(0)
    watch.pass_time(monitor.GATHER_S)
    watch.end_tasks(1, error="second")
    watch.restart()
    watch.pass_time(0)
    watch.pass_time(monitor.GATHER_S)
    assert [body.partition(": ")[2] for _, _, body in watch.sent] == ["first", "second"]


def test_what_waited_for_its_message_at_a_kill_is_told_after_it(watch: Watch) -> None:
    watch.pass_time(0)
    watch.end_tasks(1, error="first")
    watch.pass_time(0)  # seen, and not yet sent: others may join it
    watch.restart()
    watch.pass_time(0)
    watch.pass_time(monitor.GATHER_S)
    watch.restart()
    watch.pass_time(0)
    watch.pass_time(monitor.MIN_INTERVAL_S)
    assert [body.partition(": ")[2] for _, _, body in watch.sent] == ["first"]


def test_a_message_that_fails_is_tried_again_at_the_addresses_that_failed_and_given_up_at_last(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watch.settings = replace(watch.settings, notify_urls="json://nas/a json://nas/b")
    watch.end_tasks(1, error="first")
    watch.failing = [2]
    watch.pass_time(0)
    watch.pass_time(monitor.GATHER_S)
    assert [addresses for addresses, _, _ in watch.sent] == [["json://nas/a", "json://nas/b"]]
    watch.failing = [1]  # of those that are left
    for delay in monitor.RETRY_DELAYS_S:
        watch.pass_time(delay - 1)
        before = len(watch.sent)
        watch.pass_time(1)
        assert [addresses for addresses, _, _ in watch.sent[before:]] == [["json://nas/b"]]
    watch.pass_time(monitor.RETRY_DELAYS_S[-1])
    assert len(watch.sent) == 1 + len(monitor.RETRY_DELAYS_S) and "is given up after 5 attempts" in caplog.text
    watch.restart()
    watch.pass_time(0)
    watch.pass_time(monitor.MIN_INTERVAL_S)
    assert len(watch.sent) == 1 + len(monitor.RETRY_DELAYS_S)


def test_apprise_delivers_and_a_deaf_address_is_named_by_its_place_alone(caplog: pytest.LogCaptureFixture) -> None:
    with media_server() as hook:
        host = hook.url.removeprefix("http://")
        addresses = [f"json://{host}/secret", "json://127.0.0.1:1/secret"]
        failed = send_message(addresses, "Dubarr: a.mkv failed", "no speech")
    path, body = hook.requests[0]
    assert path == "/secret" and body["title"] == "Dubarr: a.mkv failed"
    assert 2 in failed and "Address" in describe_delivery(addresses, failed)
    assert "secret" not in "".join(record.message for record in caplog.records if record.name.startswith("serve"))


def test_of_several_processes_the_leader_tells_each_event_once(watch: Watch) -> None:
    leader = ["first"]
    first, second = (
        NotificationMonitor(
            lambda: watch.settings,
            watch.store,
            lambda: watch.system,
            send=lambda *message, name=name: watch.sent.append((name, message[1])) or (),
            clock=lambda: watch.now,
            is_leader=lambda name=name: leader == [name],
        )
        for name in ("first", "second")
    )

    def check_both(seconds: float) -> None:
        watch.now += seconds
        first.check()
        second.check()

    watch.end_tasks(1, error="no speech")
    check_both(0)
    check_both(monitor.GATHER_S)
    assert [name for name, _ in watch.sent] == ["first"]
    leader[0] = "second"  # the first one died
    watch.end_tasks(1, error="no room")
    check_both(0)
    check_both(monitor.GATHER_S)
    assert [name for name, _ in watch.sent] == ["first", "second"]
    check_both(monitor.MIN_INTERVAL_S)
    assert len(watch.sent) == 2
