"""Library updates by webhooks: films that arrive, are renamed or are deleted change the library without a scan."""

import logging
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import DubarrError, UsersFault
from pipeline.settings import Settings
from pipeline.store.store import Store
from serve.intake.path_mapping import describe_exclusion, find_named_film, find_named_path, map_to_local_path
from serve.intake.webhook_payloads import EventKind, WebhookEvent
from serve.library.film_listing import ListedFilm
from serve.library.library_scan import probe_library_film
from serve.library.sidecar_listing import SidecarListing
from serve.library.wanted_languages import FOLDERS, WantedLanguages
from serve.store.remote_store import RemoteStore

log = logging.getLogger(__name__)

MAX_PROBED_FILMS = 20  # of one webhook; a scan finds the rest


def update_library(event: WebhookEvent, store: Store | RemoteStore, settings: Settings) -> None:
    """Update the library by an event. A failure is logged, and fails no webhook: the next scan finds what it left."""
    try:
        match event.kind:
            case EventKind.ARRIVED:
                _remove(event.replaced, store, settings)
                _add(event.paths, event, store, settings)
            case EventKind.RENAMED:
                _remove((move.previous for move in event.moves), store, settings)
                _add((move.path for move in event.moves), event, store, settings)
            case EventKind.DELETED:
                _remove((*event.paths, *event.folders), store, settings)
            case _:
                return
    except (DubarrError, OSError) as error:  # OSError: a name that no file can have
        log.warning("webhook %s: the library was not updated: %s", event.name, error)


def _add(paths: Iterable[str], event: WebhookEvent, store: Store | RemoteStore, settings: Settings) -> None:
    source = event.origin.partition("/")[0]
    wanted = WantedLanguages.of(settings, store.rules.list_rules())
    found = []
    for path in list(paths)[:MAX_PROBED_FILMS]:
        try:
            local = map_to_local_path(path, settings.path_mappings)
            named = find_named_film(local, settings.roots)
        except UsersFault as fault:
            log.info("webhook %s: not in the library: %s", event.name, fault)
            continue
        if named.is_relative_to(settings.videos_dir.resolve()) or describe_exclusion(named, local, settings):
            continue
        known = next(iter(store.library.list_films([str(named)])), None)
        listed = ListedFilm(
            named,
            known.title if known else named.stem,
            source if source in {"radarr", "sonarr"} else known.source if known else FOLDERS,
            event.original_lang or (known.original_language if known else None),
            known.tags if event.tags is None and known else event.tags or (),
        )
        if (film := probe_library_film(listed, SidecarListing())) is not None:
            found.append(wanted.apply(film))
    if found:
        store.library.put_films(found)


def _remove(paths: Iterable[str], store: Store | RemoteStore, settings: Settings) -> None:
    """Remove what no longer exists: an upgrade under the same name reports the old file's deletion after the new one's arrival."""
    gone: list[str] = []
    for path in paths:
        try:
            named = find_named_path(map_to_local_path(path, settings.path_mappings), settings.roots)
        except UsersFault:
            continue
        if not Path(named).exists():
            gone.append(str(named))
    if gone:
        store.library.remove_films(gone)
