"""Load test of the store: what a query at its limit, backups and 50 reads a second cost the service: /health, leases, and the film at work.

    .venv/bin/python tests/benchmarks/store_under_load.py [--reads 50]

Dubs one film on a quiet service and another like it under the load, in one run, and compares.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parents[1]
sys.path[:0] = [str(HERE.parent), str(HERE / "support")]
os.environ.setdefault("RAY_AUTH_MODE", "disabled")

import httpx  # noqa: E402 -- folders are named above
from real_service import Running, real_service  # noqa: E402

from evaluation.sample.sample_script import SCENES  # noqa: E402
from evaluation.sample.speech import make_short_film  # noqa: E402
from pipeline.errors import DubarrError  # noqa: E402
from serve.client.client import Client  # noqa: E402

ENDLESS = "SELECT count(*) FROM range(10000000) a, range(1000000) b"
QUIET_S = 6.0  # of /health on a quiet service
HEALTH_INTERVAL_S = 0.05


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Load:
    """Threads that do one thing over and over, until the block is left. Counts what was answered, and what was refused."""

    def __init__(self, running: Running) -> None:
        self._running, self._over, self._threads = running, threading.Event(), []  # type: ignore[var-annotated]
        self.answered: dict[str, int] = {}
        self.refused: dict[str, int] = {}

    def add(self, name: str, work: Callable[[Client], object], *, every_s: float) -> None:
        def run() -> None:
            with Client(self._running.url, self._running.settings.api_user, self._running.password) as client:
                due = time.monotonic()
                while not self._over.wait(max(0.0, due - time.monotonic())):
                    due = max(due + every_s, time.monotonic() - 1.0)
                    try:
                        work(client)
                        self.answered[name] = self.answered.get(name, 0) + 1
                    except (DubarrError, httpx.HTTPError):
                        self.refused[name] = self.refused.get(name, 0) + 1

        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)


def health_times(running: Running, until: Callable[[], bool]) -> list[float]:
    """Durations of each /health, in seconds, asked at a steady pace until something holds."""
    took = []
    with httpx.Client(base_url=running.url, timeout=60) as client:
        while not until():
            begun = time.monotonic()
            client.get("/health").raise_for_status()
            took.append(time.monotonic() - begun)
            time.sleep(max(0.0, HEALTH_INTERVAL_S - took[-1]))
    return took


def dub(running: Running, film: Path) -> tuple[float, list[float]]:
    """The seconds that a film took from its start to its end, and those of each /health meanwhile."""
    task_id = int(running.client.submit_path(film, target_langs=["es"])["id"])
    ended: list[dict[str, object]] = []
    waiting = threading.Thread(target=lambda: ended.append(running.done(task_id)))
    waiting.start()
    took = health_times(running, lambda: not waiting.is_alive())
    waiting.join()
    (row,) = running.client.query(
        f"SELECT epoch(finished_at) - epoch(started_at) AS s, attempts, lost FROM tasks WHERE id = {task_id}"
    ).to_pylist()
    assert (row["attempts"], row["lost"]) == (1, 0), f"a lease was lost: {row}"
    return float(row["s"]), took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads", type=int, default=50, help="a second")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, real_service(Path(folder)) as running:
        sentences = [sentence for scene in SCENES for sentence in scene.sentences]
        for name, order in (("warm", 1), ("quiet", 1), ("loaded", -1)):
            # The same sentences in another order: as much work, and nothing of it in the cache.
            make_short_film(running.library / f"{name}.mkv", (sentences[: 3 if name == "warm" else None])[::order])
        dub(running, running.library / "warm.mkv")
        quiet_health = health_times(running, deadline(QUIET_S))
        quiet, quiet_busy = dub(running, running.library / "quiet.mkv")
        load = Load(running)
        load.add("queries at their limit", lambda client: client.query(ENDLESS), every_s=0.0)
        load.add("backups", lambda client: client.backup(), every_s=5.0)
        for _ in range(5):
            load.add("lists", lambda client: client.tasks(), every_s=10 / options.reads)
            load.add("lines", lambda client: client.lines(2), every_s=10 / options.reads)
        loaded, loaded_busy = dub(running, running.library / "loaded.mkv")
        load.end()
        lost = (running.settings.processing_log).read_text().count("taken over by another worker")
    print(f"{'':24}{'median ms':>10}{'99 % ms':>10}{'max ms':>10}")
    for name, took in (
        ("/health, idle", quiet_health),
        ("/health, one film", quiet_busy),
        ("/health, film and load", loaded_busy),
    ):
        print(f"{name:24}{statistics.median(took) * 1e3:10.1f}{percentile(took, 0.99) * 1e3:10.1f}{max(took) * 1e3:10.1f}")
    print(f"the film: {quiet:.1f} s quiet, {loaded:.1f} s under load: {loaded / quiet:.2f} times; leases lost: {lost}")
    print(
        f"answered: {load.answered}; refused: {load.refused}; reads a second: {sum(load.answered.get(n, 0) for n in ('lists', 'lines')) / loaded:.0f}"
    )


def deadline(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


if __name__ == "__main__":
    main()
