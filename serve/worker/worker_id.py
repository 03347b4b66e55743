"""Who a worker is, so that the next one on its machine knows whether it still lives."""

import os
import secrets
import socket
from collections.abc import Iterable
from pathlib import Path

from serve.runtime.state_file import started_at

BOOT = Path("/proc/sys/kernel/random/boot_id")
PIDS = Path("/proc/self/ns/pid")  # a container counts its processes for itself


def named() -> str:
    """A name for a worker of this process: host/place/pid/start/nonce. Nobody had it before, nobody gets it again."""
    return f"{socket.gethostname()}/{_place()}/{os.getpid()}/{started_at(os.getpid()) or ''}/{secrets.token_hex(3)}"


def dead(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names whose process is known to be gone: it ran on this machine. Of other machines only the lease tells."""
    here = f"{socket.gethostname()}/{_place()}"
    return tuple(name for name in names if _parted(name)[0] == here and not _lives(name))


def _place() -> str:
    """This machine since it was started, and this container on it."""
    return f"{BOOT.read_text().strip()[:8]}-{PIDS.readlink().name.strip('pid:[]')}"


def _parted(name: str) -> tuple[str, str, str]:
    """Where it runs, its pid, its start. Empty where the name is not one of ours."""
    parts = name.split("/")
    return (f"{parts[0]}/{parts[1]}", parts[2], parts[3]) if len(parts) == 5 else ("", "", "")


def _lives(name: str) -> bool:
    _, pid, start = _parted(name)
    return pid.isdigit() and str(started_at(int(pid)) or "") == start
