"""Disk usage: free space at once, and folder sizes measured by a background thread at intervals."""

import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.cache.artifact_scrub import ScrubState
from pipeline.filesystem.disk_space import find_existing_folder
from pipeline.settings import Settings
from pipeline.values.service_status import DiskUse
from serve.worker.scrub_schedule import find_state_file

MEASURE_INTERVAL_S = 60.0  # between scans
MAX_MEASURE_S = 20.0  # of one scan
MAX_SCANNED_FILES = 200_000  # by one scan
LOW_SPACE_RATIO = 0.05  # of the disk, within the bounds below
MIN_LOW_SPACE_BYTES, MAX_LOW_SPACE_BYTES = 2 << 30, 20 << 30
GB = 10**9


@dataclass(frozen=True, slots=True)
class FolderSizes:
    """Folder sizes, bytes by part. `complete`: False where the scan hit its limits, so that they are larger."""

    parts: tuple[tuple[str, int], ...] = ()
    complete: bool = True


class DiskUsageMonitor:
    """Disk usage monitor. Never waits for a scan: the last sizes are returned meanwhile."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._sizes = FolderSizes()
        self._due = clock()
        self._lock = threading.Lock()
        self._scan: threading.Thread | None = None

    def __call__(self) -> DiskUse:
        """Return the disk usage now, with the folder sizes of the last scan."""
        self._scan_if_due()
        data, videos = self._settings.data_dir, self._settings.videos_dir
        usage = shutil.disk_usage(find_existing_folder(data))
        trouble = describe_low_space(data, usage.total, usage.free) or describe_low_space(
            videos, *shutil.disk_usage(find_existing_folder(videos))[::2]
        )
        scrub = ScrubState.read(find_state_file(self._settings))
        checked = scrub.describe() if scrub else None
        return DiskUse(data, usage.total, usage.free, self._sizes.parts, self._sizes.complete, trouble, checked)

    def wait_for_scan(self) -> None:
        """Wait for the running scan, if there is one."""
        if self._scan is not None:
            self._scan.join()

    def _scan_if_due(self) -> None:
        with self._lock:
            if self._clock() < self._due or (self._scan and self._scan.is_alive()):
                return
            self._due = self._clock() + MEASURE_INTERVAL_S
            self._scan = threading.Thread(target=self._measure, name="disk", daemon=True)
            self._scan.start()

    def _measure(self) -> None:
        self._sizes = measure_folders(self._settings)


def measure_folders(settings: Settings, *, max_files: int = MAX_SCANNED_FILES, max_s: float = MAX_MEASURE_S) -> FolderSizes:
    """Measure the sizes of the service's folders, within limits on files and seconds."""
    budget = _ScanBudget(max_files, time.monotonic() + max_s)
    folders = {"artifacts": settings.artifacts, "dubs": settings.dubs, "videos": settings.videos_dir}
    database = sum(_measure_file(path) for path in settings.database.parent.glob(f"{settings.database.name}*"))
    parts = (("database", database), *((name, _measure_folder(folder, budget)) for name, folder in folders.items()))
    return FolderSizes(parts, complete=budget.is_left)


def describe_low_space(folder: Path, total: int, free: int) -> str | None:
    """Describe low disk space and what to do; None where there is enough. `total`, `free`: bytes."""
    if free >= max(MIN_LOW_SPACE_BYTES, min(MAX_LOW_SPACE_BYTES, total * LOW_SPACE_RATIO)):
        return None
    return (
        f"{folder} has {free / GB:.1f} GB free of {total / GB:.0f} GB; delete tasks that are finished, and their dubs, "
        "or move DATA_DIR and VIDEOS_DIR to a larger disk"
    )


class _ScanBudget:
    """Remaining files and time of a scan."""

    def __init__(self, files: int, until: float) -> None:
        self._files, self._until, self.is_left = files, until, True

    def spend(self) -> bool:
        """Spend one file; False where the budget is used up."""
        self._files -= 1
        self.is_left = self.is_left and self._files >= 0 and time.monotonic() < self._until
        return self.is_left


def _measure_folder(folder: Path, budget: _ScanBudget) -> int:
    """Sum the sizes of all files under a folder; links are not followed, unreadable files count nothing."""
    size, folders = 0, [str(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if not budget.spend():
                        return size
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        size += _measure_file(entry)
        except OSError:
            continue  # deleted meanwhile, or not readable
    return size


def _measure_file(file: Path | os.DirEntry[str]) -> int:
    try:
        return file.stat(follow_symlinks=False).st_size
    except OSError:
        return 0  # deleted meanwhile
