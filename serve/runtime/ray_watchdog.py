"""Watchdog over Ray's own processes (raylet, GCS server): without them this process hangs for a minute, then fails."""

import logging
import os
import threading
from pathlib import Path

from serve.runtime.state_file import find_parent, find_start_time, list_processes
from serve.runtime.supervisor import LOST_EXIT_CODE

log = logging.getLogger(__name__)

RAY_PROCESS_NAMES = frozenset({"raylet", "gcs_server"})
POLL_INTERVAL_S = 0.5  # s between checks


def start_watchdog(over: threading.Event) -> None:
    """End this process as soon as one of them dies, until `over` is set. The supervisor then ends orphans and restarts the service."""
    threading.Thread(target=_poll_processes, args=(_find_ray_processes(), over), name="ray-watchdog", daemon=True).start()


def _poll_processes(watched: dict[int, tuple[str, int | None]], over: threading.Event) -> None:
    while not over.wait(POLL_INTERVAL_S):
        ended = [name for pid, (name, start) in watched.items() if find_start_time(pid) != start]
        if ended and not over.is_set():
            log.error("Ray's %s died: the service starts anew", " and ".join(ended))
            logging.shutdown()
            os._exit(LOST_EXIT_CODE)  # nothing can be ended in good order without it


def _find_ray_processes() -> dict[int, tuple[str, int | None]]:
    """Find Ray's processes that this one started: pid → name and start time."""
    found = {}
    for pid in list_processes():
        if find_parent(pid) == os.getpid():
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            if name in RAY_PROCESS_NAMES:
                found[pid] = (name, find_start_time(pid))
    return found
