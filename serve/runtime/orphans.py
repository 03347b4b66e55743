"""Orphan processes: those that a killed service leaves behind, which hold its port, its memory, its cards."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.settings import Settings
from serve.runtime.ray_environment import make_service_folder
from serve.runtime.state_file import parent_of, processes, started_at

log = logging.getLogger(__name__)

MARK = "DUBARR_SERVICE"  # in the environment of all processes of a service, whoever started them
END_LIMIT_S = 10.0  # s; the kernel takes a while for a process with gigabytes


def mark_environment(settings: Settings) -> dict[str, str]:
    """The environment that tells the processes of this service from all others."""
    return {MARK: str(make_service_folder(settings))}


def find_orphans(settings: Settings) -> tuple[int, ...]:
    """Processes that some service of these settings started, this one and those above it left out."""
    mark, above = f"{MARK}={make_service_folder(settings)}", set(_line(os.getpid()))
    return tuple(pid for pid in find_marked_processes(mark) if pid not in above)


def end_orphans(settings: Settings) -> int:
    """End them at once, and wait until they are gone. For whoever knows that no service runs. Returns how many there were."""
    found = {pid: started_at(pid) for pid in find_orphans(settings)}
    for pid in found:
        _kill(pid)
    deadline = time.monotonic() + END_LIMIT_S
    while any(start is not None and started_at(pid) == start for pid, start in found.items()) and time.monotonic() < deadline:
        time.sleep(0.05)
    if found:
        log.warning("%d processes of a service that was killed are ended", len(found))
    return len(found)


def find_marked_processes(mark: str) -> tuple[int, ...]:
    """Processes with NAME=value in their environment, and their children: Ray's agents write their titles over theirs.

    Those that only wait to be reaped are none.
    """
    everybody = tuple(processes())
    marked = {pid for pid in everybody if has_mark(pid, mark)}
    return tuple(pid for pid in everybody if pid in marked or (parent_of(pid) in marked and started_at(pid) is not None))


def has_mark(pid: int, mark: str) -> bool:
    """True where NAME=value stands in a process's environment. False where it is gone, or another user's."""
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _line(pid: int) -> Iterator[int]:
    """A process and those above it."""
    above: int | None = pid
    while above:
        yield above
        above = parent_of(above)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
