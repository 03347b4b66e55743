"""How full the disk is, and what of it is ours: free space at once, sizes of folders by a thread that counts now and then."""

import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.settings import Settings
from pipeline.values.service_status import DiskUse

MEASURED = 60.0  # s between countings
LONGEST = 20.0  # s a counting may take
MOST_FILES = 200_000  # that it looks at
LITTLE_PART = 0.05  # of the disk; but a big disk is not full with LITTLE_MOST left
LITTLE_LEAST, LITTLE_MOST = 2 << 30, 20 << 30  # bytes
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Counted:
    """Bytes by part. Where `complete` is not, the counting was given up and they are more."""

    parts: tuple[tuple[str, int], ...] = ()
    complete: bool = True


class Gauge:
    """Tells the use of the disk. Never waits for a counting: the last one is told meanwhile."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._counted = Counted()
        self._due = clock()
        self._lock = threading.Lock()
        self._counting: threading.Thread | None = None

    def __call__(self) -> DiskUse:
        """The use of the disk now; its parts as they were counted last."""
        self._count_if_due()
        data, videos = self._settings.data_dir, self._settings.videos_dir
        usage = shutil.disk_usage(_existing(data))
        trouble = short_of_room(data, usage.total, usage.free) or short_of_room(
            videos, *shutil.disk_usage(_existing(videos))[::2]
        )
        return DiskUse(data, usage.total, usage.free, self._counted.parts, self._counted.complete, trouble)

    def settle(self) -> None:
        """Wait for the counting under way, if there is one."""
        if self._counting is not None:
            self._counting.join()

    def _count_if_due(self) -> None:
        with self._lock:
            if self._clock() < self._due or (self._counting and self._counting.is_alive()):
                return
            self._due = self._clock() + MEASURED
            self._counting = threading.Thread(target=self._count, name="disk", daemon=True)
            self._counting.start()

    def _count(self) -> None:
        self._counted = counted(self._settings)


def counted(settings: Settings, *, most_files: int = MOST_FILES, longest: float = LONGEST) -> Counted:
    """What our folders hold, as far as that can be counted within these limits."""
    budget = _Budget(most_files, time.monotonic() + longest)
    folders = {"artifacts": settings.artifacts, "dubs": settings.dubs, "videos": settings.videos_dir}
    database = sum(_size(path) for path in settings.database.parent.glob(f"{settings.database.name}*"))
    parts = (("database", database), *((name, _bytes_under(folder, budget)) for name, folder in folders.items()))
    return Counted(parts, complete=budget.lasts)


def short_of_room(folder: Path, total: int, free: int) -> str | None:
    """What to do about a disk with little room left, None where there is enough. `total`, `free`: bytes."""
    if free >= max(LITTLE_LEAST, min(LITTLE_MOST, total * LITTLE_PART)):
        return None
    return (
        f"{folder} has {free / GIB:.1f} GB free of {total / GIB:.0f} GB; delete tasks that are done with and their dubs, "
        "or move DATA_DIR and VIDEOS_DIR to a larger disk"
    )


class _Budget:
    """What a counting may still spend."""

    def __init__(self, files: int, until: float) -> None:
        self._files, self._until, self.lasts = files, until, True

    def spend(self) -> bool:
        """Whether one file more may be looked at."""
        self._files -= 1
        self.lasts = self.lasts and self._files >= 0 and time.monotonic() < self._until
        return self.lasts


def _bytes_under(folder: Path, budget: _Budget) -> int:
    """The sizes of all files under a folder; links are not followed, and what cannot be read counts nothing."""
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
                        size += _size(entry)
        except OSError:
            continue  # it went meanwhile, or is not ours to read
    return size


def _size(file: Path | os.DirEntry[str]) -> int:
    try:
        return file.stat(follow_symlinks=False).st_size
    except OSError:
        return 0  # it went meanwhile


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
