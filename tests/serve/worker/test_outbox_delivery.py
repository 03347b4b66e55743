"""The outbox against a real receiver: delivered at least once, signed, tried again, noted where that fails, and never to a forbidden address."""

import hashlib
import hmac
import json
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest

from pipeline.errors import NotPossible
from pipeline.settings import Settings
from pipeline.store.monitoring.outbox import Outbox
from pipeline.store.store import Store
from pipeline.values.monitoring.outbox import OutboxMessage, OutboxStatus, Receiver
from pipeline.values.tasks import DubRequest, Task, TaskStatus
from serve.connections.callback_url import describe_address_problem, require_callback_url, resolve_callback
from serve.worker import notify
from serve.worker.notify import send_callback
from serve.worker.outbox_delivery import OutboxDelivery, deliver_message

DEFAULTS = Settings()


class Receiving:
    """A server that remembers what it was sent. `statuses`: of the answers, in order; 204 afterwards."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.came = threading.Event()
        receiver = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", f"{receiver.url}/elsewhere")
                self.end_headers()
                receiver.came.set()

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Hook)
        self.url = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiving]:
    running = Receiving()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "dubarr.duckdb")
    yield opened
    opened.close()


def queue(store: Store, callback: str) -> Task:
    return store.tasks.submit(DubRequest(Path("/tv/a.mkv"), 1, 1, ("es",), callback=callback)).task


def end_task(store: Store, callback: str, *receivers: Receiver) -> Task:
    """End a new task in ERROR."""
    task = queue(store, callback)
    claimed = store.leases.claim_next_task("t/1/a", 600)
    assert claimed is not None and claimed[0].id == task.id
    store.leases.fail(claimed[1], "broken", receivers=receivers)
    return task


@contextmanager
def delivering(store: Store, settings: Settings = DEFAULTS, *, delays: Sequence[float] = (0.05, 0.05)) -> Iterator[None]:
    """The delivery of a worker that lives as long as the block, and sends what is new at its end."""
    delivery = OutboxDelivery(store.outbox, lambda each, stopping: deliver_message(each, settings, stopping), delays=delays)
    delivery.start()
    yield
    delivery.close(60)


def wait_until_empty(store: Store) -> None:
    deadline = time.monotonic() + 30
    while store.outbox.read_status().total and time.monotonic() < deadline:
        time.sleep(0.02)
    assert store.outbox.read_status() == OutboxStatus()


def test_the_end_of_a_task_is_posted_to_its_callback(store: Store, receiver: Receiving) -> None:
    task = end_task(store, f"{receiver.url}/done?token=1")
    with delivering(store):
        wait_until_empty(store)
    ((path, headers, body),) = receiver.seen
    assert (path, headers["host"]) == ("/done?token=1", receiver.url.removeprefix("http://"))
    assert headers["content-type"] == "application/json" and "dubarr-signature" not in headers
    assert json.loads(body) == {
        "id": task.id, "path": "/tv/a.mkv", "status": "ERROR", "target_langs": ["es"], "output": None, "outputs": [], "error": "broken", "preview": None,
    }  # fmt: skip
    assert store.lines.list_notes([task.id]) == {task.id: ()}


def test_a_task_without_one_calls_nobody(store: Store) -> None:
    end_task(store, "")
    assert store.outbox.read_status() == OutboxStatus()


def test_a_receiver_that_fails_is_tried_again_with_the_same_delivery_id(
    store: Store, receiver: Receiving, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.statuses = [503, 307]  # a redirect is followed to nobody
    task = end_task(store, f"{receiver.url}/done?token=hunter2")
    with caplog.at_level(logging.INFO, logger="serve"), delivering(store):
        wait_until_empty(store)
    assert [path for path, _, _ in receiver.seen] == ["/done?token=hunter2"] * 3
    assert len({headers["dubarr-delivery"] for _, headers, _ in receiver.seen}) == 1
    assert "callback delivered to localhost" in caplog.text and "hunter2" not in caplog.text
    assert store.lines.list_notes([task.id]) == {task.id: ()}


def test_a_callback_that_fails_at_last_is_a_note_until_the_task_is_queued_again(store: Store, receiver: Receiving) -> None:
    receiver.statuses = [500] * 9
    task = end_task(store, f"{receiver.url}/done?token=hunter2")
    with delivering(store, delays=(0.01,)):
        wait_until_empty(store)
    (note,) = store.lines.list_notes([task.id])[task.id]
    assert note.note.text == "The callback could not be told of its end in 2 attempts: localhost answers with status 500"
    assert (len(receiver.seen), note.note.severity) == (2, "warning")
    store.tasks.requeue(task.id)
    assert store.lines.list_notes([task.id]) == {task.id: ()}


def test_a_receiver_that_is_away_is_told_by_its_name_alone(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://localhost:{free.getsockname()[1]}/done?token=hunter2"
    end_task(store, url)
    with delivering(store, delays=(600,)):
        deadline = time.monotonic() + 30
        while (status := store.outbox.read_status()).last_error is None and time.monotonic() < deadline:
            time.sleep(0.02)
    assert status.waiting == {Receiver.CALLBACK: 1}
    assert status.last_error and "The callback: localhost cannot be reached" in status.last_error
    assert "hunter2" not in status.last_error + caplog.text


def test_a_signature_proves_body_and_time(store: Store, receiver: Receiving) -> None:
    end_task(store, receiver.url)
    with delivering(store, Settings(callback_secret="the secret")):
        wait_until_empty(store)
    ((_, headers, body),) = receiver.seen
    signed = f"{headers['dubarr-timestamp']}.".encode() + body
    assert headers["dubarr-signature"] == "sha256=" + hmac.new(b"the secret", signed, hashlib.sha256).hexdigest()


def test_what_is_told_is_the_end_even_if_the_task_is_queued_again_or_deleted_before(store: Store, receiver: Receiving) -> None:
    again = end_task(store, receiver.url)
    store.tasks.requeue(again.id)
    store.tasks.cancel(again.id)
    gone = store.tasks.submit(DubRequest(Path("/tv/b.mkv"), 1, 1, ("es",))).task
    claimed = store.leases.claim_next_task("t/1/a", 600)
    assert claimed is not None
    store.leases.finish(claimed[1], Path("/tv/b.es.mkv"), receivers=[Receiver.COMPLETION])
    store.tasks.delete(gone.id)
    with delivering(store, Settings(completion_url=receiver.url)):
        wait_until_empty(store)
    told = [json.loads(body) for _, _, body in receiver.seen]
    assert [(each["id"], each["status"], each["output"]) for each in told] == [
        (again.id, "ERROR", None),
        (gone.id, "DONE", "/tv/b.es.mkv"),
    ]


@pytest.mark.parametrize("moment", ["before the first attempt", "during it"])
def test_a_message_of_a_killed_process_is_delivered_by_the_next_one(tmp_path: Path, receiver: Receiving, moment: str) -> None:
    """The process that ends the task is killed right after the commit, or while it sends. Its claim has run out by then."""
    path = tmp_path / "dubarr.duckdb"

    def end_and_die() -> None:
        store = Store(path)
        end_task(store, receiver.url)
        if moment == "during it":
            claimed = store.outbox.claim_next(0.0)
            assert claimed is not None
            send_callback(claimed, None)
        os.kill(os.getpid(), signal.SIGKILL)

    child = multiprocessing.get_context("fork").Process(target=end_and_die)
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    store = Store(path)
    assert [task.status for task in store.tasks.list_newest()[0]] == [TaskStatus.ERROR]
    with delivering(store):
        wait_until_empty(store)
    store.close()
    assert len(receiver.seen) == (1 if moment == "before the first attempt" else 2)
    assert len({headers["dubarr-delivery"] for _, headers, _ in receiver.seen}) == 1


def test_a_claimed_message_is_no_other_workers_until_its_claim_runs_out(store: Store) -> None:
    end_task(store, "http://127.0.0.1:9/")
    first = store.outbox.claim_next(600)
    assert first is not None and store.outbox.claim_next(600) is None
    store.outbox.postpone(first.id, "away", 0.0)
    again = store.outbox.claim_next(600)
    assert again is not None and (again.id, again.attempts) == (first.id, 2)
    assert store.outbox.claim_next(600, new_only=True) is None


def test_a_message_that_was_set_by_a_clock_of_the_future_is_due(store: Store) -> None:
    end_task(store, "http://127.0.0.1:9/")
    message = store.outbox.claim_next(400 * 86_400)
    again = store.outbox.claim_next(600)
    assert message is not None and again is not None and again.id == message.id


def test_a_message_too_old_is_given_up_after_one_more_attempt(store: Store) -> None:
    task = end_task(store, "http://127.0.0.1:9/")
    sent: list[str] = []

    class Old(Outbox):
        def claim_next(self, seconds: float, *, new_only: bool = False) -> OutboxMessage | None:
            found = super().claim_next(seconds, new_only=new_only)
            return found and replace(found, created_at=found.created_at - timedelta(days=4))

    def fail(message: OutboxMessage, _: object) -> None:
        sent.append(message.id)
        raise NotPossible("is away")

    delivery = OutboxDelivery(Old(store._database), fail, delays=(600, 600))
    delivery.start()
    wait_until_empty(store)
    delivery.close(60)
    assert len(sent) == 1
    (note,) = store.lines.list_notes([task.id])[task.id]
    assert note.note.text == "The callback could not be told of its end in 1 attempts: is away"


def test_a_receiver_that_drips_its_answer_costs_a_bounded_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "TOTAL_TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                while not over.wait(0.05):
                    connection.sendall(b"H")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        end_task(store, f"http://127.0.0.1:{server.getsockname()[1]}/")
        message = store.outbox.claim_next(600)
        assert message is not None
        with pytest.raises(NotPossible, match=r"did not answer within|cannot be reached"):
            send_callback(message, None)
        over.set()
        thread.join(10)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/x", "file:///etc/passwd", "//host/x", "host/x", "http://", "http:///x", "http://host:0/", "http://host:99999/",
        "http://a b/", "http://host/ x", "http://user@host/", "http://user:pass@host/", "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/", "http://0.0.0.0/", "http://[::]/",
        "http://224.0.0.1/", "http://255.255.255.255/", "http://100.100.100.200/", "http://[fd00:ec2::254]/", "javascript:alert(1)",
        "http://host\x00/", "http://ho\nst/",
    ],
)  # fmt: skip
def test_an_address_that_must_not_be_called_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="give (one|another|it)"):
        require_callback_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/x?a=b", "https://hooks.example.org/é", "http://[::1]:80/", "http://nas"])
def test_receivers_in_the_local_network_and_elsewhere_are_allowed(url: str) -> None:
    assert require_callback_url(url) == url


@pytest.mark.parametrize("host", ["2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "169.254.43518"])
def test_another_notation_of_a_forbidden_address_is_refused_when_it_is_called(host: str) -> None:
    with pytest.raises((NotPossible, ValueError), match="must not call|is no URL"):
        resolve_callback(f"http://{host}/")


def test_a_name_that_comes_to_mean_a_forbidden_address_is_never_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80)),
            (socket.AF_INET, 1, 6, "", ("169.254.169.254", 80)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(NotPossible, match="hooks.example.org has an address"):
        resolve_callback("http://hooks.example.org/")


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", ("10.0.0.1", 443))])
    target = resolve_callback("https://hooks.example.org:8443/x?y=z")
    assert (str(target.url), target.host, target.name) == (
        "https://10.0.0.1:8443/x?y=z",
        "hooks.example.org:8443",
        "hooks.example.org",
    )
    assert describe_address_problem(ip_address("10.0.0.1")) is None
