"""Library refresh: Plex and Jellyfin are told of a dub that lies in their library. A failure is logged, and fails no task."""

import logging

from pipeline.errors import NotPossible
from pipeline.settings import OutputPlacement, Settings
from pipeline.values.tasks import Task, TaskStatus
from serve.connections.applications import list_remote_paths, refresh_jellyfin, refresh_plex

log = logging.getLogger(__name__)


def refresh_libraries(task: Task, settings: Settings) -> None:
    """Refresh the libraries for a finished task whose dub lies beside its film, or in its place."""
    if (
        task.output is None
        or task.preview_only
        or settings.placement is OutputPlacement.DUBS
        or task.status is not TaskStatus.DONE
    ):
        return
    paths = list_remote_paths(str(task.output), settings.path_mappings)
    for name, url, key, refresh in (
        ("Plex", settings.plex_url, settings.plex_token, refresh_plex),
        ("Jellyfin", settings.jellyfin_url, settings.jellyfin_api_key, refresh_jellyfin),
    ):
        if url is None:
            continue
        try:
            refresh(url, key, paths)
            log.info("task=%d %s refreshes its library", task.id, name)
        except NotPossible as error:
            log.warning("task=%d %s was not told of the dub: %s", task.id, name, error)
