"""A health probe in a process of its own, as an operator's is: seconds of each GET /health over one connection, until its input ends.

    python -m tests.support.health_probe URL

In the process of a load generator the times would be those of its threads, which wait for each other.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

INTERVAL_S = 0.05
LIMIT_S = 30.0


@contextmanager
def probe_health(url: str) -> Iterator[list[float]]:
    """Probe while the block runs. The list is filled when it ends, sorted."""
    found: list[float] = []
    command = [sys.executable, "-m", "tests.support.health_probe", url]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            yield found
        finally:
            answer, _ = process.communicate(timeout=LIMIT_S)
    found += sorted(json.loads(answer))


def main(url: str) -> None:
    """Probe, and print the times as JSON."""
    stopping = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopping.set()), daemon=True).start()
    connection = HTTPConnection(urlsplit(url).netloc, timeout=LIMIT_S)
    times = []
    while not stopping.wait(INTERVAL_S):
        began = time.perf_counter()
        connection.request("GET", "/health")
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - began)
        assert answer.status == 200, answer.status
    print(json.dumps(times))


if __name__ == "__main__":
    main(sys.argv[1])
