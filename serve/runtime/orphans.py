"""Orphan processes: those that a killed service leaves behind, which hold its port, its memory, its cards."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.settings import Settings
from serve.runtime.ray_environment import make_service_folder
from serve.runtime.state_file import find_parent, find_start_time, list_processes

log = logging.getLogger(__name__)

MARK_VARIABLE = "DUBARR_SERVICE"  # in the environment of all processes of a service
END_LIMIT_S = 10.0  # s; the kernel takes a while for a process with gigabytes


def build_mark(settings: Settings) -> dict[str, str]:
    """Build the environment variable that marks the processes of this service."""
    return {MARK_VARIABLE: str(make_service_folder(settings))}


def find_orphans(settings: Settings) -> tuple[int, ...]:
    """Find processes that a service of these settings started, except this one and its ancestors."""
    mark, above = f"{MARK_VARIABLE}={make_service_folder(settings)}", set(_list_ancestors(os.getpid()))
    return tuple(pid for pid in find_marked_processes(mark) if pid not in above)


def end_orphans(settings: Settings) -> int:
    """Kill the orphan processes, and wait until they are gone. To be called where no service runs. Returns their number."""
    found = {pid: find_start_time(pid) for pid in find_orphans(settings)}
    for pid in found:
        _kill(pid)
    deadline = time.monotonic() + END_LIMIT_S
    while (
        any(start is not None and find_start_time(pid) == start for pid, start in found.items()) and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    if found:
        log.warning("%d processes of a service that was killed are ended", len(found))
    return len(found)


def find_marked_processes(mark: str) -> tuple[int, ...]:
    """Find processes with NAME=value in their environment, and their children: Ray's agents write their titles over theirs.

    Zombies are left out.
    """
    every_process = tuple(list_processes())
    marked = {pid for pid in every_process if has_mark(pid, mark)}
    return tuple(
        pid for pid in every_process if pid in marked or (find_parent(pid) in marked and find_start_time(pid) is not None)
    )


def has_mark(pid: int, mark: str) -> bool:
    """True if NAME=value stands in a process's environment. False where it is gone, or another user's."""
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _list_ancestors(pid: int) -> Iterator[int]:
    """Yield a process and its ancestors."""
    above: int | None = pid
    while above:
        yield above
        above = find_parent(above)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
