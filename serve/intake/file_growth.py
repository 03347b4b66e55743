"""File growth: a film that is still copied or downloaded when a webhook names it, and the time until its size rests."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FilmError, FilmNotFound, FilmRefused, TrackRefused
from pipeline.values.tasks import Task

STREAMS_READ = " has no "  # in the fault of a file whose list of streams was read: it lacks one for good
SAMPLE_S, SAMPLE_INTERVAL_S = 1.0, 0.1  # in which a file that begins like no film must be seen to grow
HEAD_BYTES = 12
# First bytes of films: Matroska and WebM (EBML), MP4 and MOV (boxes), AVI (RIFF), MPEG-TS and M2TS (sync byte).
FILM_HEAD = re.compile(rb"\x1a\x45\xdf\xa3|....(?:ftyp|moov|mdat|free|wide|skip|styp)|RIFF....AVI |\x47|....\x47", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Growth:
    """Version of a file that changed lately, and the time to wait, in s, until it counts as complete."""

    size: int
    mtime_ns: int
    wait_s: float


def measure_growth(task: Task, settle_s: float) -> Growth | None:
    """Measure whether the file of a task that waits for one is still written; None for one whose size rests, or that is gone."""
    if task.not_before is None:
        return None
    try:
        stat = task.path.stat()
    except OSError:
        return None
    age = max(0.0, time.time() - stat.st_mtime)
    if (stat.st_size, stat.st_mtime_ns) == (task.size, task.mtime_ns) and age >= settle_s:
        return None
    if age >= settle_s and stat.st_size == task.size:
        return None  # only touched
    return Growth(stat.st_size, stat.st_mtime_ns, min(settle_s, max(settle_s - age, SAMPLE_S)))


def is_incomplete(path: Path, error: FilmError, settle_s: float) -> bool:
    """True for a file that could not be probed because it is still written: it is new, and begins like a film or is seen to grow."""
    if isinstance(error, FilmRefused | FilmNotFound | TrackRefused) or STREAMS_READ in str(error):
        return False
    try:
        stat = path.stat()
        if time.time() - stat.st_mtime >= settle_s:
            return False
        with path.open("rb") as file:
            if FILM_HEAD.match(file.read(HEAD_BYTES)):
                return True
        deadline = time.monotonic() + SAMPLE_S
        while time.monotonic() < deadline:
            time.sleep(SAMPLE_INTERVAL_S)
            if path.stat().st_size > stat.st_size:
                return True
    except OSError:
        return False
    return False
