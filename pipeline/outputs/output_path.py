"""Destination of a finished dub: a new file under DATA_DIR, a new film or audio files beside the film, or the film's own place."""

from pathlib import Path

from pipeline.outputs.sidecar_dubs import SidecarPaths
from pipeline.settings import OutputPlacement, Settings
from pipeline.values.tasks import Task


def choose_output_path(settings: Settings, task: Task) -> Path:
    """The path of a task's dub. The same task always gets the same one; a preview never lies in the library."""
    if task.preview_only:
        return choose_preview_path(settings, task)
    match settings.placement:
        case OutputPlacement.DUBS:
            return settings.dubs / str(task.id) / task.path.name
        case OutputPlacement.BESIDE:
            return task.path.with_name(f"{task.path.stem}.dubarr{task.path.suffix}")
        case OutputPlacement.SIDECAR:
            return SidecarPaths.of(task.path, task.target_langs[0]).audio
        case OutputPlacement.IN_PLACE:
            return task.path


def choose_preview_path(settings: Settings, task: Task) -> Path:
    """The path of a task's preview."""
    return settings.dubs / str(task.id) / f"{task.path.stem}.preview{task.path.suffix}"
