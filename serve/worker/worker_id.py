"""Worker ids that name host, process and start time, so that dead workers on the same machine are detected."""

import os
import secrets
import socket
from collections.abc import Iterable
from pathlib import Path

from serve.runtime.state_file import find_start_time

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
PID_NAMESPACE_LINK = Path("/proc/self/ns/pid")  # process ids are only unique within a PID namespace (container)


def make_worker_id() -> str:
    """Make a unique worker id of this process: host/machine/pid/start/nonce."""
    return f"{socket.gethostname()}/{_get_machine_id()}/{os.getpid()}/{find_start_time(os.getpid()) or ''}/{secrets.token_hex(3)}"


def find_dead_workers(names: Iterable[str]) -> tuple[str, ...]:
    """Find the worker ids whose process on this machine has ended. Those of other machines are left out."""
    here = f"{socket.gethostname()}/{_get_machine_id()}"
    return tuple(name for name in names if _parse_worker_id(name)[0] == here and not _is_alive(name))


def _get_machine_id() -> str:
    """Identify this boot of this machine, and the container (PID namespace)."""
    return f"{BOOT_ID_FILE.read_text().strip()[:8]}-{PID_NAMESPACE_LINK.readlink().name.strip('pid:[]')}"


def _parse_worker_id(name: str) -> tuple[str, str, str]:
    """Parse a worker id to machine, pid and start time; empty strings where it has another form."""
    parts = name.split("/")
    return (f"{parts[0]}/{parts[1]}", parts[2], parts[3]) if len(parts) == 5 else ("", "", "")


def _is_alive(name: str) -> bool:
    _, pid, start = _parse_worker_id(name)
    return pid.isdigit() and str(find_start_time(int(pid)) or "") == start
