"""JupyterLab as `./dubarr lab` starts it: on this machine alone, behind a token, over the desk."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.notebooks import lab
from cli.service.process import find_free_port


def test_it_listens_on_this_machine_alone(tmp_path):
    args = lab.build_jupyter_command(tmp_path, browser=False, port=8889)
    assert {"--ServerApp.ip=127.0.0.1", "--no-browser", "--ServerApp.port=8889"} <= set(args)
    assert not [arg for arg in args if "token" in arg.casefold() or "password" in arg.casefold()]
    assert "--no-browser" not in lab.build_jupyter_command(tmp_path, browser=True, port=8889)


def test_a_kernel_finds_our_packages_and_our_home(tmp_path, monkeypatch):
    monkeypatch.setenv("DUBARR_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", "/theirs")
    given = lab.build_jupyter_environment()
    assert given["DUBARR_HOME"] == str(tmp_path) and given["PYTHONPATH"] == f"{lab.ROOT}{os.pathsep}/theirs"


@pytest.fixture
def jupyter(tmp_path: Path) -> Iterator[tuple[subprocess.Popen, int, Path]]:
    if importlib.util.find_spec("jupyterlab") is None:
        pytest.skip("JupyterLab is not part of the tests' environment; ./dubarr lab installs it")
    desk, port, log = tmp_path / "desk", find_free_port("127.0.0.1"), tmp_path / "log"
    desk.mkdir()
    (desk / "01.ipynb").write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    alone = lab.build_jupyter_environment() | {
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
    }
    with log.open("wb") as said:
        process = subprocess.Popen(lab.build_jupyter_command(desk, browser=False, port=port), env=alone, stdout=said, stderr=said)
    yield process, port, log
    process.kill()
    process.wait()


@pytest.mark.slow
def test_jupyterlab_opens_the_desk_to_whoever_has_the_token_and_ends_by_ctrl_c(jupyter):
    process, port, log = jupyter
    url = f"http://127.0.0.1:{port}"
    token = None
    deadline = time.monotonic() + 60
    while token is None:
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        token = re.search(rf"{re.escape(url)}/lab\?token=(\w+)", log.read_text())
        time.sleep(0.1)
    assert httpx.get(f"{url}/api/contents", trust_env=False).status_code == 403
    listed = httpx.get(f"{url}/api/contents", params={"token": token[1]}, trust_env=False).json()
    assert [entry["name"] for entry in listed["content"]] == ["01.ipynb"]
    specs = httpx.get(f"{url}/api/kernelspecs", params={"token": token[1]}, trust_env=False).json()
    assert specs["default"] == "python3"
    page = httpx.get(f"{url}/lab", params={"token": token[1]}, trust_env=False).text
    assert '"@jupyterlab/apputils-extension:announcements"' in page[page.index("disabledExtensions") :], "it would ask about news"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
