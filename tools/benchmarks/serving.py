"""Benchmarks of HTTP against a bare uvicorn on the same machine: requests to /health, uploads of a film."""

import http.client
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cli.service import process as service
from pipeline.errors import DubarrError
from pipeline.processes import process_groups, subprocesses
from tools.benchmarks.comparison import Comparison
from tools.benchmarks.films import make_large_film
from tools.benchmarks.mixing import measure_wall_s

if TYPE_CHECKING:
    from serve.client.client import Client

CONNECTIONS = 4  # that ask at once, each the next question after the last answer
ROUNDS = 3  # uploads; the quickest counts, which the machine disturbed least
START_LIMIT_S = 30.0  # s


@dataclass(frozen=True, slots=True)
class Answers:
    """Latencies of a server's responses: `each`, seconds of every response; `seconds` for all of them."""

    each: tuple[float, ...]
    seconds: float

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.each) / self.seconds

    def within(self, share: float) -> float:
        """Milliseconds in which this share of the answers came, 0..1."""
        ordered = sorted(self.each)
        return 1_000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request_repeatedly(url: str, path: str, *, seconds: float) -> Answers:
    """Ask for a page over and over for so long, over a few connections at once. DubarrError where it is refused."""
    parts = urlsplit(url)
    until = time.monotonic() + seconds

    def ask(_: int) -> list[float]:
        connection, found = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds + START_LIMIT_S), []
        while (begun := time.perf_counter()) and time.monotonic() < until:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.client.OK:
                raise DubarrError(f"{url}{path} answered {answer.status}")
            found.append(time.perf_counter() - begun)
        connection.close()
        return found

    begun = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as asking:
        each = tuple(itertools.chain.from_iterable(asking.map(ask, range(CONNECTIONS))))
    return Answers(each, time.perf_counter() - begun)


@contextmanager
def start_baseline_server(folder: Path) -> Iterator[str]:
    """A bare uvicorn in a process of its own, as long as the block. Its address."""
    port = service.find_free_port("127.0.0.1")
    command = [sys.executable, "-P", "-m", "tools.benchmarks.baseline_server", str(port), str(folder / "received")]
    environment = {**os.environ, "PYTHONPATH": str(service.ROOT)}
    process = subprocesses.start_detached(command, log=folder / "baseline.log", env=environment)
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while service.is_port_free("127.0.0.1", port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise DubarrError(f"the bare server did not start: {(folder / 'baseline.log').read_text('utf-8', 'replace')}")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process_groups.kill_process_group(process)
        process.wait()


def measure_health(url: str, folder: Path, *, seconds: float) -> Iterator[Comparison]:
    """Ask /health over and over."""
    with start_baseline_server(folder) as bare:
        request_repeatedly(bare, "/", seconds=0.5)  # what is imported once is not measured
        baseline = request_repeatedly(bare, "/", seconds=seconds)
    request_repeatedly(url, "/health", seconds=0.5)
    found = request_repeatedly(url, "/health", seconds=seconds)
    against = "a bare uvicorn says hello"
    yield Comparison(f"/health, {CONNECTIONS} at once", found.per_second, baseline.per_second, "/s", against)
    yield Comparison("/health, median", found.within(0.5), baseline.within(0.5), "ms", against)
    yield Comparison("/health, 99 of 100", found.within(0.99), baseline.within(0.99), "ms", against)


def measure_upload(client: "Client", folder: Path, *, megabytes: float) -> Iterator[Comparison]:
    """Send the service a large film, and a bare server the same bytes."""
    import httpx

    film = make_large_film(folder, megabytes)
    size = film.stat().st_size

    tasks: list[int] = []

    def upload() -> None:
        tasks.append(client.upload(film, ("es",), source_lang="en")["id"])

    with start_baseline_server(folder) as bare:

        def post_film() -> None:
            with film.open("rb") as content:
                httpx.post(bare, content=iter(lambda: content.read(1 << 20), b""), timeout=START_LIMIT_S, trust_env=False)

        baseline = _measure_quickest_s(post_film)
    found = _measure_quickest_s(upload, then=lambda: client.cancel(tasks.pop()))
    yield Comparison(f"upload of {size / 1e6:.0f} MB", found, baseline, "s", "a bare uvicorn writes and syncs the same bytes")


def _measure_quickest_s(work: Callable[[], object], *, then: Callable[[], object] = lambda: None) -> float:
    """Wall time of the quickest of some calls. `then` clears up after each, and is not measured."""
    rounds = []
    for _ in range(ROUNDS):
        rounds.append(measure_wall_s(work))
        then()
    return min(rounds)
