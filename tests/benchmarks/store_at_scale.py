"""Load of the store actor by many workers: what a claim takes at 10,000 tasks, and what idle and busy workers cost of a core.

    .venv/bin/python tests/benchmarks/store_at_scale.py [--tasks 10000] [--workers 100] [--seconds 20]

The store, its actor, Ray's calls, the long polls, claims, renewals and progress are those of the service; the workers are threads
of this process that run the calls of `serve.worker`, and dub nothing.
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
sys.path[:0] = [str(HERE.parent)]
os.environ.setdefault("RAY_AUTH_MODE", "disabled")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_worker_niceness", "0")  # else the actor waits for everything else that this machine does

import ray  # noqa: E402 -- its environment is set above

from pipeline.store.store import Store  # noqa: E402
from pipeline.values.tasks import DubRequest, Lease, Progress  # noqa: E402
from serve.store.remote_store import RemoteStore, connect_store  # noqa: E402
from serve.store.store_actor import LEASE_S, NAMESPACE  # noqa: E402
from serve.worker.queue_watch import QueueWatch  # noqa: E402
from serve.worker.worker import HEARTBEAT_INTERVAL_S  # noqa: E402

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
CLAIMS = 300
STAGE_S = 5.0  # between two progress reports of a busy worker


def fill(database: Path, tasks: int) -> None:
    """Write so many queued tasks, in one transaction."""
    store = Store(database)
    with store.tasks._db.transaction():
        for number in range(tasks):
            store.tasks.submit(DubRequest(Path(f"/films/{number}.mkv"), number, number, ("es",), "en", 60.0))
    store.close()


def cpu_s(pid: int) -> float:
    """CPU seconds of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def measure_core_share(pid: int, seconds: float) -> float:
    """Share of a core that a process takes."""
    before, begun = cpu_s(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_s(pid) - before) / (time.monotonic() - begun)


def time_calls(call: Callable[[int], object], count: int) -> list[float]:
    """Duration of each call in ms."""
    took = []
    for number in range(count):
        begun = time.perf_counter()
        call(number)
        took.append((time.perf_counter() - begun) * 1e3)
    return took


def describe(took: list[float]) -> str:
    ordered = sorted(took)
    return f"median {statistics.median(took):.1f} ms, 99 % {ordered[int(0.99 * len(ordered))]:.1f} ms, max {ordered[-1]:.1f} ms"


class Workers:
    """Threads that make the store's calls of so many workers until the block ends."""

    def __init__(self, store: RemoteStore, count: int, work: Callable[[RemoteStore, str, threading.Event], None]) -> None:
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=work, args=(store, f"bench/m/{number}/0/x", self._over), daemon=True)
            for number in range(count)
        ]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(15)


def wait_idle(store: RemoteStore, name: str, over: threading.Event) -> None:
    """An idle worker: claims, and waits for the queue."""
    queue = QueueWatch(store, name)
    threading.Thread(target=lambda: (over.wait(), queue.stop()), daemon=True).start()
    while not over.is_set():
        if store.leases.claim_next_task(name, LEASE_S, gone=queue.find_dead_owners()) is None:
            queue.wait()


def dub_nothing(store: RemoteStore, name: str, over: threading.Event) -> None:
    """A busy worker: claims one task, renews its lease, sends heartbeats, and reports progress."""
    claimed = store.leases.claim_next_task(name, LEASE_S)
    assert claimed is not None
    lease: Lease = claimed[1]
    reported = 0.0
    while not over.wait(HEARTBEAT_INTERVAL_S):
        store.beat(name, {"tts": 1})
        store.leases.renew_lease(lease, LEASE_S)
        if time.monotonic() - reported > STAGE_S:
            store.leases.record_progress(lease, Progress(1, 10, "mix"))
            reported = time.monotonic()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[100])
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, tasks in (("idle", 0), ("busy", given.tasks)):
            fill(Path(folder) / name / "dubarr.duckdb", tasks)
        ray.init(address="local", namespace=NAMESPACE, include_dashboard=False, num_cpus=2, object_store_memory=100 << 20,
                 log_to_driver=False, logging_level="ERROR")  # fmt: skip
        try:
            for name, work in (("idle", wait_idle), ("busy", dub_nothing)):
                store = connect_store(Path(folder) / name / "dubarr.duckdb")
                measure(store, name, work, given)
                ray.kill(store._actor)
                time.sleep(2.0)
        finally:
            ray.shutdown()


def measure(
    store: RemoteStore, name: str, work: Callable[[RemoteStore, str, threading.Event], None], given: argparse.Namespace
) -> None:
    """Measure the actor with no workers, a claim, and the actor with so many workers of a kind. Prints."""
    pid = ray.get(store._actor.process.remote())
    print(f"{name}: the actor alone takes {measure_core_share(pid, given.seconds / 2):.1%} of a core", flush=True)
    if name == "busy":
        took = time_calls(lambda number: store.leases.claim_next_task(f"c/m/{number}/0/x", LEASE_S), CLAIMS)
        print(f"a claim at {given.tasks:,} tasks: {describe(took)}", flush=True)
    for count in given.workers:
        with Workers(store, count, work):
            time.sleep(3.0)  # all have begun
            share = measure_core_share(pid, given.seconds)
            took = time_calls(lambda _: store.tasks.count_by_status(), 50)
            print(f"{count} {name} workers take {share:.1%} of a core; a count meanwhile: {describe(took)}", flush=True)


if __name__ == "__main__":
    main()
