"""A Ray that is joined by another process of the same user, where an authentication token lies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HOST = """
import sys
from serve.runtime import local_ray
ray = local_ray.start(cpus=1)
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.readline()
"""
GUEST = """
import sys
import time
from serve.runtime import local_ray
ray = local_ray.join(sys.argv[1])
from ray._private import utils, worker
utils.publish_error_to_driver("test", "a warning about other processes", gcs_client=worker.global_worker.gcs_client)
time.sleep(1.0)
print("CPUs:", ray.cluster_resources()["CPU"])
"""


@pytest.mark.slow
def test_a_driver_joins_a_cluster_that_asks_for_a_token(tmp_path: Path) -> None:
    token = tmp_path / ".ray" / "auth_token"
    token.parent.mkdir()
    token.write_text("5f" * 32)
    token.chmod(0o600)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    run = {"env": environment, "text": True, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-P", "-c", HOST], **run) as host:  # type: ignore[call-overload]
        assert host.stdin is not None and host.stdout is not None
        lines = iter(host.stdout.readline, "")
        address = next(line.strip() for line in lines if line.startswith("127.0.0.1:"))
        guest = subprocess.run(
            [sys.executable, "-P", "-c", GUEST, address],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        host.communicate("\n", timeout=60)
    assert guest.stdout == "CPUs: 1.0\n", guest.stderr[-2000:]  # nothing else of Ray's
