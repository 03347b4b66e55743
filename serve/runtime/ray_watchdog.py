"""Watchdog over Ray's own processes (raylet, GCS server): without them this process hangs for a minute, then fails."""

import logging
import os
import threading
from pathlib import Path

from serve.runtime.state_file import parent_of, processes, started_at
from serve.runtime.supervisor import LOST

log = logging.getLogger(__name__)

NAMES = frozenset({"raylet", "gcs_server"})
POLL_INTERVAL_S = 0.5  # s between looks at them


def watch(over: threading.Event) -> None:
    """End this process as soon as one of them dies, until `over` is set. Whoever supervises us clears up and starts anew."""
    threading.Thread(target=_watch, args=(_find_ray_processes(), over), name="ray-watchdog", daemon=True).start()


def _watch(standing: dict[int, tuple[str, int | None]], over: threading.Event) -> None:
    while not over.wait(POLL_INTERVAL_S):
        fallen = [name for pid, (name, start) in standing.items() if started_at(pid) != start]
        if fallen and not over.is_set():
            log.error("Ray's %s died: the service starts anew", " and ".join(fallen))
            logging.shutdown()
            os._exit(LOST)  # nothing can be ended in good order without it


def _find_ray_processes() -> dict[int, tuple[str, int | None]]:
    """Of each: pid → name and start."""
    found = {}
    for pid in processes():
        if parent_of(pid) == os.getpid():
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            if name in NAMES:
                found[pid] = (name, started_at(pid))
    return found
