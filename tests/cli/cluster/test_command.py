"""`./dubarr ray`, with a program of Ray's that writes down what it finds."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cli.cluster import command
from pipeline.settings import Settings
from serve.runtime.private_folders import is_private
from serve.runtime.ray_environment import make_service_folder
from serve.runtime.state_file import write_state

ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.delenv("RAY_TMPDIR", raising=False)
    settings = Settings(data_dir=tmp_path / "data", logs_dir=tmp_path / "logs", videos_dir=tmp_path / "videos")
    yield settings
    shutil.rmtree(make_service_folder(settings))


def test_a_node_is_started_with_what_serve_reads_there(settings):
    found = command.build_ray_environment(("start", "--head"), settings, {"PATH": "/bin"})
    assert found["RAY_SERVE_ENABLE_HA_PROXY"] == "1"
    assert "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER" not in found, "its machines could not reach each other"
    assert (found["RAY_AUTH_MODE"], found["PATH"]) == (os.environ.get("RAY_AUTH_MODE", "token"), "/bin")
    assert found["RAY_TMPDIR"] == str(make_service_folder(settings))


def test_a_node_works_in_its_own_folder_and_not_in_one_named_as_the_heads(tmp_path):
    assert command.add_temp_dir(("start", "--head"), tmp_path) == ("start", "--head", f"--temp-dir={tmp_path}")
    assert command.add_temp_dir(("start", "--temp-dir", "/mnt/fast"), tmp_path) == ("start", "--temp-dir", "/mnt/fast")
    assert command.add_temp_dir(("stop",), tmp_path) == ("stop",)


def test_what_ray_up_remembers_depends_on_no_checkout(settings):
    other = replace(settings, data_dir=settings.data_dir / "other")
    found = command.build_ray_environment(("down", "file.yaml"), settings, {})
    assert found == command.build_ray_environment(("down", "file.yaml"), other, {})
    assert is_private(Path(found["TMPDIR"])), "Ray believes a copy of the cluster file that lies there"


def test_everything_else_is_rays_own_with_a_token_and_without_reports_of_use(settings):
    assert command.build_ray_environment(("status",), settings, {"PATH": "/bin"}) == {
        "PATH": "/bin",
        "RAY_AUTH_MODE": "token",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_TMPDIR": str(make_service_folder(settings)),
    }
    assert command.build_ray_environment(("status",), settings, {"RAY_AUTH_MODE": "k8s"})["RAY_AUTH_MODE"] == "k8s"


def test_a_file_that_would_not_work_never_reaches_ray(tmp_path):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", "ray", "up", "-y", str(ROOT / "ray_cluster.yaml")],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DUBARR_HOME": str(tmp_path), "HOME": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "ray_cluster.yaml: fill in <region> at provider.region" in done.stderr


def test_stopping_ray_where_no_service_runs_ends_nothing(settings):
    command.end_service(settings)


def test_stopping_ray_ends_the_service_first(settings):
    code = "import time; print('up', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as service:
        assert service.stdout.readline() == b"up\n"
        write_state(settings, ready=True, pid=service.pid)
        command.end_service(settings)
        assert service.wait(10) == -15
