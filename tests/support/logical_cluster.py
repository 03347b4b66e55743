"""The real service on a logical cluster: nodes of one card each that Ray is told of, engines that only wait, one machine.

A head without a card, and nodes whose card is one synthesizer's each; every other engine answers at once.
Run as a program it is the service; `dubbed_on` runs it so, and tells what came of the films.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml
from timed_engines import notes

ROOT = Path(__file__).parents[2]
MORE_WORKERS = 2  # than nodes: some films wait for a card while others are mixed
LIMIT = 355.0  # s for all of it, from Ray's start to its end
READY_LIMIT = 150.0  # s for the service to come up
CPUS = 2  # of each node, in Ray's count
LEFT_TO_END = 25.0  # s of the limit that are kept for ending in good order
BEGAN = time.monotonic()
OBJECT_STORE = 100 << 20  # bytes, of each node


@dataclass(frozen=True, slots=True)
class Dubs:
    """What came of the films. `delay`: s that a line keeps its card; `calls`: the synthesizers' notes; `tasks`, `runs`: what the
    API tells.
    """

    nodes: int
    delay: float
    calls: Sequence[dict[str, Any]]
    tasks: Sequence[dict[str, Any]]
    runs: Sequence[Sequence[dict[str, Any]]]


def dubbed_on(nodes: int, folder: Path, *, films: int, delay: float) -> Dubs:
    """Dub so many films on so many nodes, in a cluster of its own. AssertionError where one of them is not DONE."""
    noted = folder / "notes"
    noted.mkdir(parents=True)
    given = _environment(folder, _profile(folder, nodes, delay))
    paths = [str(_film(folder, number)) for number in range(films)]
    command = [sys.executable, str(Path(__file__)), str(nodes), *paths]
    own = given | {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with (folder / "log").open("w") as log:
        ended = subprocess.run(command, env=own, stdout=log, stderr=log, timeout=LIMIT)
    assert ended.returncode == 0, (folder / "log").read_text()[-4000:]
    seen = json.loads((folder / "seen.json").read_text())
    states = [task["status"] for task in seen["tasks"]]
    assert states == ["DONE"] * films, [(task["status"], task["error"]) for task in seen["tasks"]]
    calls = [note for note in notes(noted) if note["cards"] and note["call"] != "loaded"]
    return Dubs(nodes, delay, calls, seen["tasks"], seen["runs"])


def workers(nodes: int) -> int:
    """Films in flight."""
    return nodes + MORE_WORKERS


def _profile(folder: Path, nodes: int, delay: float) -> Path:
    def engine(name: str, seconds: float) -> dict[str, Any]:
        return {"engine": f"timed_engines:{name}", "options": {"delay": seconds, "keeps_card": seconds > 0}, "num_cpus": 0.1}

    profile = {
        "transcriber": engine("TimedTranscriber", 0.0) | {"calls": 32},
        "diarizer": engine("TimedDiarizer", 0.0) | {"calls": 32},
        "translator": engine("TimedTranslator", 0.0) | {"calls": 32},
        "synthesizer": engine("TimedSynthesizer", delay) | {"num_gpus": 1, "replicas": nodes, "per_node": 1},
        "worker": {"films": workers(nodes), "num_cpus": 0.1},
    }
    path = folder / "profile.yaml"
    path.write_text(yaml.safe_dump(profile))
    return path


def _environment(folder: Path, profile: Path) -> dict[str, str]:
    from cli.service.process import find_free_port

    return {
        "DATA_DIR": str(folder / "data"),
        "VIDEOS_DIR": str(folder / "videos"),
        "LOGS_DIR": str(folder / "logs"),
        "LIBRARY_ROOTS": str(folder),
        "PORT": str(find_free_port("127.0.0.1")),
        "API_PASS": "correct horse",
        "PROFILE": str(profile),
        "TIMED_ENGINES": str(folder / "notes"),
        "RAY_AUTH_MODE": "disabled",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_prestart_worker_first_driver": "0",  # a node would start idle processes for all its CPUs
        "RAY_worker_niceness": "0",  # Ray's own would have them wait for everything else that this machine does
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'support'}",
    }


def _film(folder: Path, number: int) -> Path:
    """Sixteen seconds of picture and a hum of its own."""
    path = folder / f"film {number}.mkv"
    hum = f"sine=f={200 + 10 * number}:d=16.5:r=48000"
    sources = ["-f", "lavfi", "-i", "testsrc=s=64x64:r=10:d=16.5", "-f", "lavfi", "-i", hum]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-metadata:s:a:0", "language=eng"]
    subprocess.run(["ffmpeg", "-v", "error", *sources, *coded, str(path)], check=True)
    return path


# --- in the process of its own ---


def _main(nodes: int, films: Sequence[str]) -> None:
    """Serve, dub, and write down what the API told."""
    signal.signal(signal.SIGALRM, _end)
    signal.alarm(int(LIMIT - LEFT_TO_END))  # in good order: killed from outside, its nodes would stay
    folder = Path(os.environ["DATA_DIR"]).parent
    with _cluster(nodes) as url:
        from serve.client.client import Client

        _told("the service is up")
        with Client(url, "dubarr", os.environ["API_PASS"]) as client:
            ids = [client.submit_path(Path(film), target_langs=("es",))["id"] for film in films]
            _told(f"{len(ids)} films are queued")
            while sum(client.health()["queue_stats"][state] for state in ("DONE", "ERROR")) < len(ids):
                time.sleep(1.0)
            _told("all films are done")
            seen = {"tasks": [client.task(one) for one in ids], "runs": [client.stages(one) for one in ids]}
        (folder / "seen.json").write_text(json.dumps(seen))


def _told(what: str) -> None:
    print(f"{time.monotonic() - BEGAN:.0f} s: {what}", flush=True)


def _end(_signal: int, _frame: object) -> NoReturn:
    raise TimeoutError(f"not done within {LIMIT:g} s")


@contextmanager
def _cluster(nodes: int) -> Iterator[str]:
    """The service's URL as soon as every replica is there."""
    from ray.cluster_utils import Cluster

    small = {"include_dashboard": False, "object_store_memory": OBJECT_STORE}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": CPUS, "num_gpus": 0, **small})
    for _ in range(nodes):
        cluster.add_node(wait=False, num_cpus=CPUS, num_gpus=1, object_store_memory=OBJECT_STORE)
    cluster.wait_for_nodes(timeout=READY_LIMIT)
    _told(f"{nodes} nodes beside the head are up")
    os.environ["RAY_ADDRESS"] = cluster.address

    from pipeline import settings_loader
    from serve import bootstrap

    settings = settings_loader.load_settings(folder=Path(os.environ["DATA_DIR"]).parent)
    try:
        bootstrap.start(settings)
        _told("the application runs")
        bootstrap.wait_until_healthy(settings.url, limit=READY_LIMIT, stop=threading.Event())
        _wait_for_replicas(time.monotonic() + READY_LIMIT)
        yield settings.url
    finally:
        bootstrap.halt()
        cluster.shutdown()


def _wait_for_replicas(deadline: float) -> None:
    from ray import serve

    def waiting() -> list[str]:
        deployments = serve.status().applications["dubarr"].deployments
        return [name for name, each in deployments.items() if str(each.status.value) != "HEALTHY"]

    while names := waiting():
        if time.monotonic() > deadline:
            raise TimeoutError(f"found no place: {', '.join(names)}")
        time.sleep(0.5)


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2:])
