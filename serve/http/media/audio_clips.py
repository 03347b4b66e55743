"""What people hear of a film piece by piece: a line as the film says it, its take, and a speaker."""

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import FilmError, NotFound
from pipeline.ffmpeg.playback import excerpt
from pipeline.path_guard import OpenedPath, open_file
from pipeline.settings import Settings
from pipeline.store import Store
from pipeline.values.tasks import LineRow, Task
from pipeline.values.timeline import Span
from serve.http.media.audio_tracks import as_it_came
from serve.http.errors import Busy
from serve.store_actor import RemoteStore

AROUND = 0.05  # s before and after a line
LONGEST_LINE = 60.0  # s
LONGEST_CLIP = 12.0  # s of a speaker in all, as long as a reference clip
AT_ONCE = 4  # excerpts are cut at a time
PATIENCE = 20.0  # s that the next one waits
MAX_THREADS = 16  # of those that every route shares, cutting and waiting

_cutting = threading.BoundedSemaphore(AT_ONCE)
_threads = threading.BoundedSemaphore(MAX_THREADS)


def line_of(store: Store | RemoteStore, task_id: int, number: int, language: str | None) -> LineRow:
    """A line of a dub; without a language of whichever has it, those first whose lines are the film's own. NotFound."""
    found = [line for line in store.lines.of(task_id, language) if line.number == number]
    if not found:
        where = f" in {language!r}" if language else ""
        raise NotFound(f"task {task_id} has no line {number}{where}; GET its lines to see which there are")
    return min(found, key=lambda line: line.subtitled)


def line_in_film(task: Task, line: LineRow, settings: Settings) -> bytes:
    """FLAC of the film's dialogue where the line is said."""
    start = max(0.0, line.start - AROUND)
    return _cut(task, [Span(start, min(line.end + AROUND, start + LONGEST_LINE))], settings)


def take_of(line: LineRow, settings: Settings) -> OpenedPath:
    """The file of a line's take. NotFound where there is none."""
    if not line.audio:
        raise NotFound(f"line {line.number} was left to the original; change its text to have it spoken")
    return _artifact(line.audio, settings) or _gone(f"the take of line {line.number}")


def speaker_in_film(store: Store | RemoteStore, task: Task, label: str, settings: Settings) -> OpenedPath | bytes:
    """The speaker's reference clip, else FLAC of the film where their longest lines are said. NotFound."""
    member = next((member for member in store.cast.of(task.id).members if member.label == label), None)
    if member and member.clip and (clip := _artifact(member.clip, settings)):
        return clip
    lines = [line for line in store.lines.of(task.id) if line.speaker == label]
    if not lines:
        raise NotFound(f"nobody called {label[:40]!r} speaks in task {task.id}; GET its speakers to see who does")
    return _cut(task, longest(lines), settings)


def longest(lines: Sequence[LineRow]) -> list[Span]:
    """Where the longest of a speaker's lines are said, in order of time, twelve seconds in all. Lines of one dub are taken."""
    chosen: list[Span] = []
    room = LONGEST_CLIP
    own = (line for line in lines if line.language == lines[0].language)
    for line in sorted(own, key=lambda line: (line.start - line.end, line.start)):
        if room < AROUND:
            break
        chosen.append(Span(line.start, min(line.end, line.start + room)))
        room -= chosen[-1].duration
    return sorted(chosen)


def _cut(task: Task, spans: Sequence[Span], settings: Settings) -> bytes:
    with (
        _turn(),
        as_it_came(task, settings) as shown,
        tempfile.TemporaryDirectory(prefix="dubarr-") as folder,
    ):
        return excerpt(shown.path, shown.film, shown.tracks[0].index, spans, Path(folder) / "excerpt.flac").read_bytes()


@contextmanager
def _turn() -> Iterator[None]:
    """One of those that cut, for as long as the block. Busy where too many wait, or it takes too long."""
    busy = Busy("many excerpts are being cut already; try again")
    if not _threads.acquire(blocking=False):
        raise busy
    try:
        if not _cutting.acquire(timeout=PATIENCE):
            raise busy
        try:
            yield
        finally:
            _cutting.release()
    finally:
        _threads.release()


def _artifact(name: str, settings: Settings) -> OpenedPath | None:
    """A file of the artifacts folder, by its name there; None where it is gone or lies elsewhere."""
    folder = settings.artifacts.resolve()
    try:
        return open_file(folder / name, (folder,))
    except FilmError:
        return None


def _gone(what: str) -> OpenedPath:
    raise NotFound(f"{what} was cleared away; queue the task again to have it made")
