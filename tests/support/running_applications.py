"""The two applications of two_applications.py in a process of their own, for as long as a test wants them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.service.process import find_free_port
from pipeline.settings import Settings
from serve.auth import llm_api_key

ROOT = Path(__file__).parents[2]


@contextmanager
def two_applications(home: Path, kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The URL of a running pair, and the header that its second application wants."""
    port = find_free_port("127.0.0.1")
    (home / "models" / "tiny").mkdir(parents=True, exist_ok=True)
    script = ROOT / "tests" / "support" / "two_applications.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(script), str(home), str(port), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
        )
        try:
            assert process.stdout is not None
            said = process.stdout.read1()
            while b"ready" not in said:
                assert process.poll() is None, (home / "log").read_text()[-2000:]
                said += process.stdout.read1()
            key = llm_api_key.load_llm_api_key(Settings(data_dir=home / "data"))
            yield f"http://127.0.0.1:{port}", {"authorization": f"Bearer {key}"}
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(60)
