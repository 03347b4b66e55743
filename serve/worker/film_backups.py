"""Backups of films that their dubs replace: kept while a task runs, restored where it fails, swept where its worker was killed."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path

from pipeline.errors import Cancelled, DubarrError, FilmError, LeaseLost, NotFound
from pipeline.ffmpeg import ffprobe
from pipeline.filesystem.fsync import replace_file
from pipeline.filesystem.kept_original import drop_backup, keep_original, restore_original
from pipeline.filesystem.path_guard import OpenedPath, open_file, open_folder
from pipeline.settings import OutputPlacement, Settings
from pipeline.values.tasks import Task, TaskStatus
from serve.worker.worker_id import find_dead_workers
from serve.worker.worker_store import WorkerStore

log = logging.getLogger(__name__)

RECORDS = "film-backups"  # folder in DATA_DIR: a file per task
MAX_RECORDS, MAX_RECORD_BYTES = 10_000, 64 << 10
FOREIGN_AGE_S = 86_400.0  # of the record of a worker elsewhere, which cannot be seen to be dead


def keep_film(task: Task, film: OpenedPath, settings: Settings) -> None:
    """Keep a backup of a film that its dub is to replace."""
    if settings.placement is OutputPlacement.IN_PLACE and not task.preview_only:
        _record(task, film.path, settings)
        with open_folder(film.path.parent, settings.roots) as folder:
            keep_original(folder.content / film.path.name)


def restore_film(task: Task, settings: Settings) -> None:
    """Restore the film of a task that ended, by an error or a killed worker, after its dub had replaced it. FilmError.

    One that was dubbed in its place before has its earlier dub from the cache: it stays as it is.
    """
    _restore(task.path, task.output, settings, f"task={task.id} {task.path.name}")


@contextmanager
def restore_on_failure(task: Task, settings: Settings, cancelled: threading.Event) -> Iterator[None]:
    """Restore a film whose dub fails in the block after it has replaced it; not one that is another worker's by now."""
    with ExitStack() as failed:
        failed.callback(_restore_if_there, task, settings, cancelled)
        try:
            yield
        except (Cancelled, LeaseLost):
            failed.pop_all()
            raise
        failed.pop_all()


def _restore_if_there(task: Task, settings: Settings, cancelled: threading.Event) -> None:
    with suppress(FilmError):  # it is gone, or leads elsewhere by now: the failure itself is told
        if not cancelled.is_set():
            restore_film(task, settings)


def restore_cancelled_film(task: Task, settings: Settings, store: WorkerStore) -> None:
    """Restore the film of a task that was cancelled or deleted while it was dubbed; not one that another worker may have by now."""
    try:
        is_over = store.tasks.get(task.id).status is TaskStatus.CANCELLED
    except NotFound:
        is_over = True
    if is_over:
        with suppress(FilmError):
            restore_film(task, settings)


def drop_film_backup(task: Task, settings: Settings) -> None:
    """Remove the backup of a finished task's film."""
    with suppress(FilmError), _open_place(task.path, settings) as (place, _):
        drop_backup(place)


def sweep_backups(settings: Settings, store: WorkerStore) -> None:
    """Restore the films of tasks that nobody works on any more, or remove their backups: their worker was killed, and the task was
    deleted or cancelled before another one took it over.
    """
    for file in islice(sorted((settings.data_dir / RECORDS).glob("*.json")), MAX_RECORDS):
        try:
            record = json.loads(file.read_bytes()[:MAX_RECORD_BYTES])
            task_id, owner, place = int(file.stem), str(record["owner"]), Path(record["place"])
            task = _find_task(task_id, store)
            is_done = task is not None and task.status is TaskStatus.DONE
            is_stale = bool(find_dead_workers([owner])) or file.stat().st_mtime < time.time() - FOREIGN_AGE_S
            if (is_done or is_stale) and _sweep(place, task, settings):
                file.unlink(missing_ok=True)
        except (OSError, ValueError, KeyError, TypeError, FilmError) as error:
            log.warning("the backup of a film, as %s names it, cannot be checked: %s", file, error)


def _sweep(place: Path, task: Task | None, settings: Settings) -> bool:
    """Sweep the backup of one film; False while its task may still run, which sees to it itself. FilmError."""
    if task is not None and task.status in {TaskStatus.QUEUED, TaskStatus.PROCESSING, TaskStatus.ERROR}:
        return False
    _restore(place, None if task is None else task.output, settings, place.name)
    return True


def _restore(film: Path, output: Path | None, settings: Settings, name: str) -> None:
    """Restore a film, or remove its backup where the dub in its place is the finished one. `name`: of the film in the log. FilmError."""
    with _open_place(film, settings) as (place, path):
        if output == path:
            drop_backup(place)
        elif restore_original(place, is_dub=_is_dub):
            log.warning("%s is the original again: it was replaced by a dub that was not finished", name)


@contextmanager
def _open_place(film: Path, settings: Settings) -> Iterator[tuple[Path, Path]]:
    """Place of a film for operations by name, in its opened folder, and its resolved path. FilmError."""
    with open_file(film, settings.roots) as opened, open_folder(opened.path.parent, settings.roots) as folder:
        yield folder.content / opened.path.name, opened.path


def _find_task(task_id: int, store: WorkerStore) -> Task | None:
    try:
        return store.tasks.get(task_id)
    except NotFound:
        return None


def _record(task: Task, place: Path, settings: Settings) -> None:
    """Record whose backup lies beside which film, before it is made."""
    file = _locate_record(task.id, settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, json.dumps({"owner": task.owner or "", "place": str(place)}).encode(), 0o600)


def _locate_record(task_id: int, settings: Settings) -> Path:
    return settings.data_dir / RECORDS / f"{task_id}.json"


def _is_dub(path: Path) -> bool:
    try:
        return bool(ffprobe.probe_film(path).dubbed_by)
    except DubarrError:  # no film any more
        return False
