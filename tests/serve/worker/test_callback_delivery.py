"""Callbacks of tasks against a real receiver: delivered, signed, tried again, noted where they fail, and never to a forbidden address."""

import hashlib
import hmac
import json
import logging
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest

from pipeline.errors import NotPossible
from pipeline.store.store import Store
from pipeline.values.tasks import DubRequest, Task
from serve.connections.callback_url import describe_address_problem, require_callback_url, resolve_callback
from serve.worker.callback_delivery import deliver_callback, start_delivery


class Receiver:
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
def receiver() -> Iterator[Receiver]:
    running = Receiver()
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


def test_the_end_of_a_task_is_posted_to_its_callback(store: Store, receiver: Receiver) -> None:
    task = queue(store, f"{receiver.url}/done?token=1")
    start_delivery(task, store.tasks.record_callback_failure, None)
    assert receiver.came.wait(10)
    ((path, headers, body),) = receiver.seen
    assert (path, headers["host"]) == ("/done?token=1", receiver.url.removeprefix("http://"))
    assert headers["content-type"] == "application/json" and "dubarr-signature" not in headers
    assert json.loads(body) == {
        "id": task.id, "path": "/tv/a.mkv", "status": "QUEUED", "target_langs": ["es"], "output": None, "outputs": [], "error": None, "preview": None,
    }  # fmt: skip
    assert store.lines.list_notes([task.id]) == {task.id: ()}


def test_a_task_without_one_calls_nobody(store: Store, receiver: Receiver) -> None:
    start_delivery(queue(store, ""), store.tasks.record_callback_failure, None)
    assert not receiver.came.wait(0.2)


def test_a_receiver_that_fails_is_tried_again(store: Store, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.statuses = [503, 307]  # a redirect is followed to nobody
    told: list[str] = []
    with caplog.at_level(logging.INFO, logger="serve"):
        deliver_callback(queue(store, f"{receiver.url}/done?token=hunter2"), told.append, delays=(0.01, 0.01))
    assert ([path for path, _, _ in receiver.seen], told) == (["/done?token=hunter2"] * 3, [])
    assert "callback delivered to localhost" in caplog.text and "hunter2" not in caplog.text


def test_a_callback_that_fails_at_last_is_a_note_until_the_task_is_queued_again(store: Store, receiver: Receiver) -> None:
    receiver.statuses = [500] * 9
    task = queue(store, f"{receiver.url}/done?token=hunter2")
    deliver_callback(task, lambda sentence: store.tasks.record_callback_failure(task.id, sentence), delays=(0.01,))
    (note,) = store.lines.list_notes([task.id])[task.id]
    assert note.note.text == "The callback could not be delivered in 2 attempts: localhost answers with status 500"
    assert (len(receiver.seen), note.note.severity) == (2, "warning")
    store.tasks.requeue(task.id)
    assert store.lines.list_notes([task.id]) == {task.id: ()}


def test_a_receiver_that_is_away_is_told_by_its_name_alone(store: Store) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://localhost:{free.getsockname()[1]}/done?token=hunter2"
    told: list[str] = []
    deliver_callback(queue(store, url), told.append, delays=())
    assert "localhost cannot be reached" in told[0] and "hunter2" not in told[0]


def test_a_signature_proves_body_and_time(store: Store, receiver: Receiver) -> None:
    deliver_callback(queue(store, receiver.url), lambda _: None, "the secret", delays=())
    ((_, headers, body),) = receiver.seen
    signed = f"{headers['dubarr-timestamp']}.".encode() + body
    assert headers["dubarr-signature"] == "sha256=" + hmac.new(b"the secret", signed, hashlib.sha256).hexdigest()


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
