"""Benchmark of an idle service: the CPU of each of its processes, beside those of a bare Ray Serve app with one deployment.

    .venv/bin/python tests/benchmarks/idle_cpu.py [--profile draft] [--settle 60] [--seconds 60]

Both are started one after the other and left alone: nobody asks them for anything. Times are those of /proc/PID/stat, over the
processes that live from the beginning of the measurement to its end. Linux only. Other work on the machine makes wake-ups dearer.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]

from serve.runtime import state_file  # noqa: E402 -- its folder is on the path since the line above
from tests.support.real_service import real_service  # noqa: E402

TICKS_S = os.sysconf("SC_CLK_TCK")  # of /proc/PID/stat, per second
BARE_ENVIRONMENT = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
BARE_APP = """
import sys, ray
from ray import serve

@serve.deployment
class App:
    async def __call__(self, request):
        return "ok"

ray.init(include_dashboard=False, num_cpus=2, object_store_memory=512 << 20, log_to_driver=False)
serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
serve.run(App.bind())
print("ready", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Process:
    """One reading of /proc/PID/stat. `ticks`: user and system time."""

    parent: int
    ticks: int
    name: str


def main() -> None:
    """Measure both, print a table of each and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", default="draft")
    parser.add_argument("--settle", type=float, default=60.0, help="seconds from the first answer to the measurement")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the measurement")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="idle-") as folder:
        with bare_app(Path(folder)) as pid:
            bare = measure(pid, asked.settle, asked.seconds)
        print_table("Ray Serve with one deployment", bare)
        home = Path(folder) / "service"
        home.mkdir()
        with real_service(home, PROFILE=asked.profile) as running:
            found = state_file.find_service(running.settings)
            assert found is not None
            ours = measure(found.pid, asked.settle, asked.seconds)
    print_table(f"Dubarr, PROFILE={asked.profile}", ours)
    print(f"\n{sum(ours.values()) / sum(bare.values()):.1f} times the bare app")


@contextmanager
def bare_app(folder: Path) -> Iterator[int]:
    """A Ray Serve app of one deployment with Ray's own settings, in a process group of its own: the process id of its driver."""
    from cli.service import process as services

    port = services.find_free_port("127.0.0.1")
    environment = {**os.environ, **BARE_ENVIRONMENT, "RAY_TMPDIR": str(folder)}
    driver = subprocess.Popen(
        [sys.executable, "-c", BARE_APP, str(port)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert driver.stdin is not None and driver.stdout is not None
    try:
        if not any(line == "ready\n" for line in driver.stdout):
            sys.exit("the bare app did not start")
        yield driver.pid
    finally:
        driver.stdin.close()  # ends it, and Ray with it
        driver.wait(timeout=60)


def measure(root: int, settle_s: float, seconds: float) -> Mapping[str, float]:
    """Measure the share of a core that each kind of process takes, of a process and its descendants."""
    time.sleep(settle_s)
    before, began = read_processes(), time.monotonic()
    time.sleep(seconds)
    after, took = read_processes(), time.monotonic() - began
    shares: Counter[str] = Counter()
    for pid, process in after.items():
        if pid in before and is_descendant(pid, root, after):
            shares[process.name] += (process.ticks - before[pid].ticks) / TICKS_S / took
    return shares


def read_processes() -> dict[int, Process]:
    """Read all processes of the machine, by their ids."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            words = (folder / "cmdline").read_text().replace("\0", " ").split()
        except OSError:
            continue  # it ended
        found[int(folder.name)] = Process(int(fields[1]), int(fields[11]) + int(fields[12]), name_process(words))
    return found


def name_process(words: list[str]) -> str:
    """Name a process by its command line: the actor or the replica, the Python script, or the program."""
    if not words or words[0].startswith("ray::"):
        return " ".join(words).removeprefix("ray::").partition(".")[0]
    if "-m" in words[:4]:
        return " ".join(words[words.index("-m") + 1 :][:2])
    scripts = [Path(word).name for word in words[1:4] if word.endswith(".py")]
    return scripts[0] if scripts else Path(words[0]).name


def is_descendant(pid: int, root: int, processes: Mapping[int, Process]) -> bool:
    """True for the root and all that it started."""
    while pid != root and pid in processes:
        pid = processes[pid].parent
    return pid == root


def print_table(title: str, shares: Mapping[str, float]) -> None:
    """Print the shares of a core by process, the largest first."""
    print(f"\n{title}: {sum(shares.values()):.1%} of a core")
    for name, share in sorted(shares.items(), key=lambda row: -row[1]):
        print(f"  {share:7.2%}  {name}")


if __name__ == "__main__":
    main()
