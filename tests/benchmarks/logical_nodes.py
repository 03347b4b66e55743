"""Scaling over logical nodes: films an hour on 1, 4 and 16 nodes, each a worker and a card of known delay.

    .venv/bin/python tests/benchmarks/logical_nodes.py [--nodes 1 4 16] [--films 3] [--speak 2]

Real: the store, its actor, Ray's calls, claims, leases with their heartbeats, long polls, the stage runner with its cache rows and
progress. Not real: a node is a thread of this process, its engine sleeps, and no ffmpeg, Serve handle or file takes part. So it
tells what the store and the sharing out of work allow, not what disks and networks do. `simulate.py --check` has the rest.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parents[1]
sys.path[:0] = [str(HERE.parent)]
os.environ.setdefault("RAY_AUTH_MODE", "disabled")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_worker_niceness", "0")  # else the actor waits for everything else that this machine does

import ray  # noqa: E402 -- its environment is set above

from pipeline.runner import Runner, stage  # noqa: E402
from pipeline.store.store import Store  # noqa: E402
from pipeline.values.tasks import DubRequest, Lease, Task  # noqa: E402
from serve.store.remote_store import RemoteStore, connect_store  # noqa: E402
from serve.store.store_actor import LEASE_S, NAMESPACE  # noqa: E402
from serve.worker.queue_watch import QueueWatch  # noqa: E402
from serve.worker.worker import HEARTBEAT_INTERVAL_S  # noqa: E402

LINES = 8
FILM_STAGES = ("probe", "separate", "diarize", "transcribe", "segment")  # each a tenth of a line


@dataclass
class Card:
    """An engine that keeps its card for some seconds a call, one call at a time."""

    seconds: float
    fingerprint: str = "sleeping"
    concurrency: int = 1
    _free: threading.Lock = field(default_factory=threading.Lock)

    def work(self, share: float = 1.0) -> None:
        """Keep the card."""
        with self._free:
            time.sleep(share * self.seconds)


@stage(version=1)
def prepare(film: int, name: str, card: Card) -> str:
    card.work(0.1)
    return f"{name} {film}"


@stage(version=1)
def speak(line: int, film: int, card: Card) -> str:
    card.work()
    return f"line {line} of {film}"


def dub(store: RemoteStore, task: Task, lease: Lease, card: Card, folder: Path) -> None:
    """Run the stages of a film, each with its rows in the store."""
    run = Runner(store.stages, lease, task.attempts, folder, lambda progress: store.leases.record_progress(lease, progress))
    for name in FILM_STAGES:
        run(prepare, task.id, name, card)
    run.with_language("es").each(speak, range(LINES), task.id, card)


def work_node(store: RemoteStore, name: str, card: Card, folder: Path, over: threading.Event) -> None:
    """A node: claims films, renews their leases, and waits for the queue where there is none."""
    queue = QueueWatch(store, name)
    threading.Thread(target=lambda: (over.wait(), queue.stop()), daemon=True).start()
    while not over.is_set():
        claimed = store.leases.claim_next_task(name, LEASE_S, gone=queue.find_dead_owners())
        if claimed is None:
            queue.wait()
            continue
        done = threading.Event()
        beating = threading.Thread(target=send_heartbeats, args=(store, name, claimed[1], done), daemon=True)
        beating.start()
        dub(store, *claimed, card, folder)
        done.set()
        beating.join()
        store.leases.finish(claimed[1], Path(f"/dubs/{claimed[0].id}.mkv"))


def send_heartbeats(store: RemoteStore, name: str, lease: Lease, done: threading.Event) -> None:
    while not done.wait(HEARTBEAT_INTERVAL_S):
        store.beat(name, {"tts": 1})
        store.leases.renew_lease(lease, LEASE_S)


def dub_on(nodes: int, *, films: int, speak_s: float, folder: Path) -> float:
    """Films an hour on so many nodes, from the first film's start to the last one's end."""
    database = folder / f"{nodes}" / "dubarr.duckdb"
    store = Store(database)
    for number in range(films * nodes):
        store.tasks.submit(DubRequest(Path(f"/films/{number}.mkv"), number, number, ("es",), "en", 60.0))
    store.close()
    remote, over = connect_store(database), threading.Event()
    cards = [Card(speak_s) for _ in range(nodes)]
    threads = [
        threading.Thread(target=work_node, args=(remote, f"node/m/{number}/0/x", card, folder, over), daemon=True)
        for number, card in enumerate(cards)
    ]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    while remote.tasks.count_by_status()["DONE"] < films * nodes:
        time.sleep(0.25)
    took = time.monotonic() - begun
    over.set()
    for thread in threads:
        thread.join(15)
    lost = sum((task.attempts > 1) for task in remote.tasks.list_newest(limit=1_000)[0])
    assert not lost, f"{lost} films were begun twice"
    ray.kill(remote._actor)
    time.sleep(2.0)
    return 3600.0 * films * nodes / took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="*", default=[1, 4, 16])
    parser.add_argument("--films", type=int, default=3, help="of each node (%(default)s)")
    parser.add_argument("--speak", type=float, default=2.0, help=f"s that each of {LINES} lines keeps a card (%(default)s)")
    given = parser.parse_args()
    film_s = given.speak * (LINES + 0.1 * len(FILM_STAGES))
    ideal = 3600.0 / film_s
    with tempfile.TemporaryDirectory() as folder:
        ray.init(address="local", namespace=NAMESPACE, include_dashboard=False, num_cpus=2, object_store_memory=100 << 20,
                 log_to_driver=False, logging_level="ERROR")  # fmt: skip
        try:
            print(
                f"a film keeps a card for {film_s:.1f} s\n| nodes | films/hour | × of one | of the ideal |\n| ---: | ---: | ---: | ---: |"
            )
            one = 0.0
            for nodes in given.nodes:
                rate = dub_on(nodes, films=given.films, speak_s=given.speak, folder=Path(folder))
                one = one or rate / nodes
                print(f"| {nodes} | {rate:.1f} | {rate / one:.2f} | {rate / ideal / nodes:.1%} |", flush=True)
        finally:
            ray.shutdown()


if __name__ == "__main__":
    main()
