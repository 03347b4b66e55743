"""Library refresh: Plex and Jellyfin are told of a dub that lies in their library."""

import logging

from pipeline.settings import Settings
from pipeline.values.monitoring.outbox import Receiver, TaskEnd
from serve.connections.applications import list_remote_paths, refresh_jellyfin, refresh_plex

log = logging.getLogger(__name__)


def refresh_library(receiver: Receiver, end: TaskEnd, settings: Settings) -> None:
    """Refresh the library of Plex or Jellyfin for a finished dub; nothing where it has no address by now. NotPossible."""
    is_plex = receiver is Receiver.PLEX
    url, key = (settings.plex_url, settings.plex_token) if is_plex else (settings.jellyfin_url, settings.jellyfin_api_key)
    if url is None or end.output is None:
        return
    refresh = refresh_plex if is_plex else refresh_jellyfin
    refresh(url, key, list_remote_paths(str(end.output), settings.path_mappings))
    log.info("task=%d %s refreshes its library", end.id, receiver.label)
