"""File access of a task: its film opened under the library roots, and the output path of its dub."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from pipeline.errors import FilmError
from pipeline.filesystem.output_file import require_replaceable, require_writable_folder
from pipeline.filesystem.path_guard import OpenedPath, is_inside, open_file
from pipeline.outputs.output_path import choose_output_path
from pipeline.outputs.sidecar_dubs import SidecarPaths, require_free_names
from pipeline.settings import OutputPlacement, Settings
from pipeline.values.media import Artifact
from pipeline.values.takes.fixed_takes import FixedTake
from pipeline.values.takes.take_candidates import KeptTake
from pipeline.values.tasks import Task
from pipeline.values.timeline import Take


def open_film(task: Task, settings: Settings) -> OpenedPath:
    """Open the film of a task, and hold it open. FilmError where it lies outside the library roots by now, or is not the one that was
    queued. A file that was only touched is the same film, and so is one that was dubbed in its own place.
    """
    with ExitStack() as refused:
        film = refused.enter_context(open_file(task.path, settings.roots))
        size = film.content.stat().st_size
        if size != task.size and task.output != film.path:
            raise FilmError(
                f"{task.path.name} is not the file that was queued: it had {task.size} bytes and has {size}; queue it again"
            )
        refused.pop_all()
        return film


def choose_film_path(task: Task, film: OpenedPath, settings: Settings) -> Path:
    """Choose the path by which a film is named: the task's, so that its dub carries the name of a link. A dub in the film's
    place takes that of the file, never of the link.
    """
    if settings.placement is OutputPlacement.IN_PLACE:
        return film.path
    return task.path.parent.resolve() / task.path.name


def is_written_beside(settings: Settings, task: Task) -> bool:
    """True where the dubs of a task are audio files beside its film; a preview is always a film."""
    return settings.placement is OutputPlacement.SIDECAR and not task.preview_only


def resolve_destination(settings: Settings, task: Task) -> Path:
    """Resolve the output path of the dub, its folder without symbolic links; makes the folder. That of sidecars is the film's own.
    FilmError where it lies neither among the dubs nor in the library.
    """
    path = task.path if is_written_beside(settings, task) else choose_output_path(settings, task)
    settings.dubs.mkdir(parents=True, exist_ok=True)
    folder = path.parent.resolve()
    if not is_inside(folder, settings.output_roots):
        raise FilmError(f"{path.parent} lies outside the library roots and the dubs' folder; set LIBRARY_ROOTS, then retry")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / path.name


def require_writable_output(settings: Settings, task: Task, film: OpenedPath, destination: Path) -> None:
    """FilmError where the dub could not be written in the end: before any work is done. `task`: by the film's path."""
    match OutputPlacement.DUBS if task.preview_only else settings.placement:
        case OutputPlacement.IN_PLACE:
            require_replaceable(film, break_hardlinks=settings.break_hardlinks)
            require_writable_folder(destination)
        case OutputPlacement.SIDECAR:
            for paths in (SidecarPaths.of(destination, target) for target in task.target_langs):
                require_writable_folder(paths.audio)
                require_writable_folder(paths.subtitles)
            require_free_names(destination, task.target_langs)
        case _:
            require_writable_folder(destination)


def read_fixed_takes(kept: Iterable[KeptTake], task: Task, artifacts: Path) -> tuple[FixedTake, ...]:
    """The takes that a dub keeps; without a take where the file is gone, or lies outside the artifacts folder."""
    folder, in_preview = artifacts.resolve(), task.preview_lines and not task.preview_only
    found = []
    for each in kept:
        path = artifacts / each.audio
        is_there = is_inside(path.resolve(), (folder,)) and path.is_file()
        take = Take(Artifact.of(path), each.seconds, each.rate) if is_there else None
        found.append(FixedTake(each.language, each.number, each.text, take, each.is_locked, in_preview))
    return tuple(found)
