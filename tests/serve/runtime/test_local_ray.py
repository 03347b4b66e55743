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
from serve.runtime import local_ray
ray = local_ray.join(sys.argv[1])
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
    assert "CPUs: 1.0" in guest.stdout, guest.stderr[-2000:]
