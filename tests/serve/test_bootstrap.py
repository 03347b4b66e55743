"""Starting and stopping on this machine, as far as it goes without Ray."""

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pipeline.errors import DubarrError, SettingsError
from pipeline.settings import Settings
from serve import bootstrap, profile_loader

ALIVE, STARTING = b'{"worker_alive": true}', b'{"worker_alive": false}'


@dataclass
class Answering:
    """A server that gives one answer after the other, the last one for ever."""

    answers: list[bytes]
    url: str = ""
    asked: list[str] = field(default_factory=list)


@contextmanager
def answering(*answers: bytes) -> Iterator[Answering]:
    told = Answering(list(answers))

    class Route(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            answer = told.answers.pop(0) if len(told.answers) > 1 else told.answers[0]
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Route) as server:
        told.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture
def handlers() -> Iterator[None]:
    """Puts the signal handlers back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_healthy_is_when_the_worker_lives_whatever_came_before() -> None:
    with answering(b"<html>starting</html>", b"{}", STARTING, ALIVE) as service:
        bootstrap.wait_until_healthy(service.url, limit=60.0, stop=threading.Event())
    assert service.asked == ["/health"] * 4


def test_a_service_that_never_answers_is_told_with_its_address() -> None:
    with pytest.raises(DubarrError, match="http://127.0.0.1:9/health within 0.1 s; see its log"):
        bootstrap.wait_until_healthy("http://127.0.0.1:9", limit=0.1, stop=threading.Event())


def test_who_is_told_to_stop_waits_no_longer_and_complains_of_nothing() -> None:
    stop = threading.Event()
    stop.set()
    with answering(STARTING) as service:
        bootstrap.wait_until_healthy(service.url, limit=60.0, stop=stop)
    assert service.asked == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_both_signals_ask_for_a_stop(handlers: None, number: signal.Signals) -> None:
    stop = threading.Event()
    bootstrap._handle_signals(stop.set)
    os.kill(os.getpid(), number)
    assert stop.wait(20)


def test_a_taken_port_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        settings = Settings(data_dir=tmp_path / "data", videos_dir=tmp_path / "v", logs_dir=tmp_path / "l", port=port)
        with pytest.raises(SettingsError, match=f"PORT='{port}'"):
            bootstrap.start(settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["embedded", "draft", "cpu-models", "gpu-24g", "gpu-80g", "multi-gpu"])
def test_every_engine_of_a_profile_finds_a_place_on_however_few_cores(name: str) -> None:
    profile = profile_loader.read_profile(name)
    assert bootstrap._build_cluster_options(profile)["num_cpus"] >= profile.cpus


def test_a_cluster_of_this_machine_has_no_dashboard_of_rays_and_room_for_two() -> None:
    options = json.loads(json.dumps(bootstrap._build_cluster_options(profile_loader.read_profile("embedded"))))
    assert options["include_dashboard"] is False
    assert options["num_cpus"] >= 2
    assert options["object_store_memory"] >= 75 << 20, "Ray refuses less"
