"""The processes of one service, told from all others by a variable in their environment, and what each of them is.

Ancestry would not do: whoever outlives a parent belongs to init. What a parent gave its children to know stays with them.
"""

import os
import re
import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from serve.runtime import orphans, state_file

PROC = Path("/proc")
REPLICA = re.compile(r"ray::ServeReplica:[\w-]+:(?P<deployment>[\w-]+)")
ACTOR = re.compile(r"ray::(?P<actor>\w+)")
ACTORS = {
    "StoreActor": "store",
    "ServeController": "controller",
    "ProxyActor": "proxy",
    "HAProxyManager": "haproxy-manager",
    "DashboardAgent": "ray-agent",
    "RuntimeEnvAgent": "ray-environments",
}
SERVERS = {"gcs_server": "gcs", "raylet": "raylet", "haproxy": "haproxy"}
SCRIPTS = {"monitor.py": "ray-monitor", "log_monitor.py": "ray-log-monitor", "dashboard.py": "ray-dashboard"}
SUPERVISOR, HOST = "supervisor", "host"  # ./dubarr serve, and the process that it keeps going
PROGRAM, MACHINE = "program", "machine"  # ffmpeg and the like; all processes at once
FROZEN = "frozen"  # an engine that hangs: stopped rather than killed. Only where asked for, since Serve gives it half a minute
OTHER = ""  # what comes and goes: Ray's spare processes, a child that has not yet become what it will be
ENGINES = ("whisper", "diarization", "llm", "tts", "separation")
REPLICATED = frozenset({*ENGINES, "worker"})
# Nobody starts these again, and nobody misses them: Ray's dashboard is off, its autoscaler has nothing to scale.
EXPENDABLE = frozenset({PROGRAM, OTHER, *SCRIPTS.values()})
# Whose death takes the worker with it, or all there is.
ENDS_WORKER = frozenset({"worker", "raylet", "gcs", "ray-agent", "ray-environments", SUPERVISOR, HOST, MACHINE})
ENDS_RAY = ENDS_WORKER - {"worker"}  # all of Ray restarts


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the service. `title`: its command line, which Ray's processes write themselves."""

    pid: int
    parent: int
    kind: str
    title: str


def classify_process(title: Sequence[str]) -> str:
    """The kind of a process by its command line; OTHER where none matches."""
    if not title:
        return OTHER
    if replica := REPLICA.match(title[0]):
        return replica["deployment"]
    if actor := ACTOR.match(title[0]):
        return ACTORS.get(actor["actor"], OTHER)
    name = Path(title[0]).name
    if name in SERVERS:
        return SERVERS[name]
    if name.startswith("python"):
        return _classify_script(title)
    return OTHER if name in {"sh", "bash"} else PROGRAM


def _classify_script(title: Sequence[str]) -> str:
    if "cli" in title and "serve" in title:
        return HOST if "--supervised" in title else SUPERVISOR
    return next((SCRIPTS[Path(part).name] for part in title if Path(part).name in SCRIPTS), OTHER)


def list_processes(mark: str) -> tuple[Process, ...]:
    """The processes whose environment holds `mark` (NAME=value), and their children. Those that wait to be reaped have none."""
    found = [process for pid in orphans.find_marked_processes(mark) if (process := _read_process(pid))]
    titles = {process.pid: process.title for process in found}
    # Between fork and exec a child still has its parent's title.
    return tuple(process for process in found if titles.get(process.parent) != process.title)


def _read_process(pid: int) -> Process | None:
    parent = state_file.find_parent(pid)
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None  # gone meanwhile
    title = [part for word in words if (part := word.decode("utf-8", "replace").strip())]
    return None if parent is None else Process(pid, parent, classify_process(title), " ".join(title))


def count_needed(processes: Iterable[Process]) -> dict[str, int]:
    """Kind → how many the service needs, seen from those that are there while all is well.

    Only replicas are counted: of the others there is one, and for a while two, as one hands over to the next.
    """
    there = Counter(process.kind for process in processes if process.kind not in EXPENDABLE)
    return {kind: number if kind in REPLICATED else 1 for kind, number in there.items()}


def kill_processes(pids: Iterable[int]) -> None:
    """End processes at once, as `kill -9` does. One that is gone already is no harm."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def freeze_processes(pids: Iterable[int]) -> None:
    """Stop processes where they are, as one that hangs: they are there, and do nothing any more."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)


def kill_all(mark: str) -> None:
    """End every process of a service, also those that are born meanwhile."""
    while processes := list_processes(mark):
        kill_processes(process.pid for process in processes)
