"""Fuzzing of the HTTP API by schemathesis, with all of its checks, over a real server in this process: no Ray, a real store."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from in_process_service import AUTH, Served, served

from pipeline.values.tasks import DubRequest

CONFIGURATION = Path(__file__).parents[1] / "benchmarks" / "schemathesis.toml"  # what is left out, each with its reason


@contextmanager
def serve_over_http(folder: Path) -> Iterator[tuple[Served, str]]:
    """The service with one queued task, and the URL of its server."""
    with served(folder) as service:
        service.store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)))
        config = uvicorn.Config(service.client.app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
        yield service, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        server.should_exit = True
        thread.join()


def fuzz_api(url: str, *, examples: int, seed: int = 1, arguments: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    """Send generated requests to every route, at most `examples` each and kind of data. Exit code 0: no check failed."""
    command = [sys.executable, "-P", "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run", f"{url}/openapi.json"]
    command += ["--max-examples", str(examples), "--seed", str(seed), "--auth", ":".join(AUTH), *arguments]
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": str(CONFIGURATION.with_name("schemathesis_hooks.py")),
        "PYTHONPATH": str(CONFIGURATION.parents[2]),
    }
    with tempfile.TemporaryDirectory() as folder:  # for its cache
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
