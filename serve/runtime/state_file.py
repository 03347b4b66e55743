"""State file in DATA_DIR: process id and address of the service that runs here.

The process that runs the service writes the file; readers trust it only as long as that very process lives.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline import settings_loader
from pipeline.errors import NotPossible
from pipeline.settings import Settings

# Version of the modules' places. Processes of a service import more of them later, so a service of another layout cannot be replaced piece by piece.
LAYOUT_VERSION = 3


@dataclass(frozen=True, slots=True)
class Service:
    """A service's process: `started` in clock ticks since boot, which distinguishes it from a later process of the same id.

    `ray`: address at which its Ray takes drivers (host:port); "" before it is ready. `layout`: that of the modules it was started from.
    """

    pid: int
    started: int
    url: str
    ready: bool
    ray: str = ""
    layout: int = LAYOUT_VERSION


def find_state_file(settings: Settings) -> Path:
    """Path of the state file of the service with these settings."""
    return settings.data_dir / "service.json"


def find_start_time(pid: int) -> int | None:
    """Find the start time of a process, in clock ticks since boot; None where there is none, or where it only waits to be reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the program's name before it may hold anything
    return None if fields[0] == "Z" else int(fields[19])


def list_processes() -> Iterator[int]:
    """Ids of all processes of this machine, as far as this container sees it."""
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def find_parent(pid: int) -> int | None:
    """Find the parent of a process; None where there is none."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def find_service(settings: Settings) -> Service | None:
    """Find the service that runs with this DATA_DIR, ready or not; None where none does."""
    try:
        service = Service(**({"layout": 1} | json.loads(find_state_file(settings).read_text())))
    except (OSError, ValueError, TypeError):
        return None  # none, or half a file of one that died while it wrote
    return service if find_start_time(service.pid) == service.started else None


def write_state(settings: Settings, *, ready: bool, pid: int | None = None, ray: str = "") -> None:
    """Write that this process, or that of `pid`, is the service. The file changes at once: readers see the old or the new one."""
    pid = pid or os.getpid()
    service = Service(pid, find_start_time(pid) or 0, settings.url, ready, ray)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = find_state_file(settings).with_suffix(f".{os.getpid()}.part")
    draft.write_text(json.dumps(asdict(service)))
    draft.replace(find_state_file(settings))


def forget_state(settings: Settings) -> None:
    """Remove the state file if it names this process."""
    service = find_service(settings)
    if service and service.pid == os.getpid():
        find_state_file(settings).unlink(missing_ok=True)


def require_service(settings: Settings) -> Service:
    """The running service. NotPossible where there is none."""
    service = find_service(settings)
    if service is None:
        raise NotPossible("no service runs here; start it with: ./dubarr serve --detach")
    return service


def find_nearest_service() -> tuple[Settings, Service]:
    """Find the service that runs in DUBARR_HOME; without that, in the current folder or the nearest one above it.

    Returns its settings, too. NotPossible where there is none.
    """
    for folder in _list_home_folders():
        settings = settings_loader.load_settings(folder=folder)
        if service := find_service(settings):
            return settings, service
    raise NotPossible(
        "no service runs here; start it with ./dubarr lab, or with ./dubarr serve --detach; one elsewhere is Client(url, user, password)"
    )


def _list_home_folders() -> Iterator[Path]:
    if named := os.environ.get("DUBARR_HOME"):
        yield Path(named)
        return
    here = Path.cwd()
    yield from (here, *here.parents)
