"""The state file, and the process it speaks of."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cli.service import process as service
from pipeline.errors import DubarrError, NotPossible
from pipeline.settings import Settings
from serve.runtime import state_file
from serve.runtime.state_file import Service


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    port = service.find_free_port("127.0.0.1")
    return Settings(data_dir=tmp_path / "data", videos_dir=tmp_path / "videos", logs_dir=tmp_path / "logs", port=port)


@pytest.fixture
def sleeper():
    """A process that ends when it is asked to."""
    process = subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()


def said(settings: Settings, state: object) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    state_file.find_state_file(settings).write_text(json.dumps(state))


def service_of(process: subprocess.Popen, **changes) -> Service:
    started = state_file.find_start_time(process.pid)
    assert started is not None
    return replace(Service(process.pid, started, "http://127.0.0.1:1", ready=True), **changes)


def state_of(found: Service) -> dict:
    return {"pid": found.pid, "started": found.started, "url": found.url, "ready": found.ready, "layout": found.layout}


def test_a_service_says_that_it_runs_and_takes_it_back(settings):
    assert state_file.find_service(settings) is None
    state_file.write_state(settings, ready=False)
    found = state_file.find_service(settings)
    assert found == Service(os.getpid(), state_file.find_start_time(os.getpid()), settings.url, ready=False)
    state_file.write_state(settings, ready=True)
    assert state_file.require_service(settings).ready
    state_file.forget_state(settings)
    assert not state_file.find_state_file(settings).exists()


def test_a_later_process_of_the_same_id_is_not_taken_for_the_service(settings, sleeper):
    said(settings, state_of(service_of(sleeper)))
    assert state_file.find_service(settings) is not None
    said(settings, state_of(service_of(sleeper, started=1)))
    assert state_file.find_service(settings) is None


def test_a_dead_service_is_none(settings, sleeper):
    found = service_of(sleeper)
    said(settings, state_of(found))
    sleeper.kill()
    while state_file.find_start_time(sleeper.pid) is not None:
        pass  # until it is a zombie; nobody has waited for it yet
    assert state_file.find_service(settings) is None
    with pytest.raises(NotPossible, match="./dubarr serve --detach"):
        state_file.require_service(settings)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "started": 2, "url": "", "ready": true, "more": 1}'])
def test_a_state_file_that_makes_no_sense_is_no_service(settings, text):
    settings.data_dir.mkdir()
    state_file.find_state_file(settings).write_text(text)
    assert state_file.find_service(settings) is None


def test_stop_ends_exactly_that_process(sleeper):
    service.stop_service(service_of(sleeper, started=1))
    assert sleeper.poll() is None, "a process of another start time is not ours"
    service.stop_service(service_of(sleeper))
    assert sleeper.wait() == -15


def test_forgetting_leaves_anothers_state_alone(settings, sleeper):
    said(settings, state_of(service_of(sleeper)))
    state_file.forget_state(settings)
    assert state_file.find_state_file(settings).exists()


def test_a_second_service_is_refused(settings, sleeper):
    said(settings, state_of(service_of(sleeper)))
    with pytest.raises(NotPossible, match=f"process {sleeper.pid}.*./dubarr stop"):
        service.refuse_second(settings)


def test_a_port_that_another_program_has_is_told(settings):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = replace(settings, port=other.getsockname()[1])
        with pytest.raises(NotPossible, match=r"port \d+ is taken"):
            service.refuse_second(taken)
    service.refuse_second(settings)


def test_a_service_that_cannot_start_shows_the_end_of_its_log(settings, tmp_path):
    overrides = {"DUBARR_HOME": str(tmp_path), "PLACEMENT": "nowhere", "PORT": str(settings.port)}
    with pytest.raises(DubarrError, match=r"(?s)nowhere.*ended before it was ready; its log is .*service\.log"):
        service.start_service(settings, overrides)
    assert state_file.find_service(settings) is None


def test_the_end_of_a_log_has_the_last_lines_of_tracebacks_and_not_their_frames(tmp_path):
    trace = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\n    raise StoreError\n    ^^^^^^\nStoreError: it is damaged\n'
    (tmp_path / "service.log").write_text(f"starting\n\n{trace}dubarr: the service ends\n")
    assert service.read_log_end(tmp_path / "service.log") == "starting\nStoreError: it is damaged\ndubarr: the service ends"


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("192.0.2.1", 0, "192.0.2.1 is no address of this machine"),  # TEST-NET-1
        ("no such host", 0, "no such host is no address of this machine"),
        ("127.0.0.1", None, "is taken by another program; give --port, or set PORT"),
    ],
)
def test_an_address_at_which_no_service_can_listen_is_told_with_the_reason(settings, host, port, words):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = replace(settings, host=host, port=taken.getsockname()[1] if port is None else port)
        with pytest.raises(NotPossible, match=words):
            service.refuse_second(busy)
    if port is not None:
        with pytest.raises(NotPossible, match=words):
            service.find_free_port(host)
