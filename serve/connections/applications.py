"""Applications that Dubarr connects to: their requests for a test and after a dub."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from pipeline.errors import NotPossible
from pipeline.settings import PathMapping, Settings
from serve.connections.json_request import request_json


class Application(StrEnum):
    """An application with an address and a key in the settings."""

    SONARR = "sonarr"
    RADARR = "radarr"
    PLEX = "plex"
    JELLYFIN = "jellyfin"

    @property
    def key_field(self) -> str:
        """Field of its key in `Settings`."""
        return "plex_token" if self is Application.PLEX else f"{self}_api_key"

    def find_address(self, settings: Settings) -> tuple[str | None, str | None]:
        """Address and key in the settings."""
        return getattr(settings, f"{self}_url"), getattr(settings, self.key_field)


def build_key_header(application: Application, key: str | None) -> dict[str, str]:
    """Header that carries the application's key."""
    if not key:
        return {}
    match application:
        case Application.PLEX:
            return {"X-Plex-Token": key}
        case Application.JELLYFIN:
            return {"Authorization": f'MediaBrowser Token="{key}"'}
        case _:
            return {"X-Api-Key": key}


def check_connection(application: Application, url: str, key: str | None) -> str:
    """Connect to an application, and describe it: name and version. NotPossible, with the reason."""
    headers = build_key_header(application, key)
    if any(not value.isascii() or not value.isprintable() for value in headers.values()):
        raise NotPossible("the key holds characters that no key has; copy it again")
    match application:
        case Application.PLEX:
            found = _read_fields(request_json("GET", f"{url.rstrip('/')}/library/sections", headers=headers), "MediaContainer")
            return f"Plex answers; libraries: {_join_titles(found.get('Directory'))}"
        case Application.JELLYFIN:
            found = request_json("GET", f"{url.rstrip('/')}/System/Info", headers=headers)
            name, version = "Jellyfin", _read_text(found, "Version")
        case _:
            found = request_json("GET", f"{url.rstrip('/')}/api/v3/system/status", headers=headers)
            name, version = _read_text(found, "appName"), _read_text(found, "version")
    if not version or (application in {Application.SONARR, Application.RADARR} and name.lower() != application):
        raise NotPossible(
            f"what answers there is not {application.title()}{f', but {name}' if name else ''}; check host and port"
        )
    return f"{name} {version} answers"


def refresh_plex(url: str, key: str | None, paths: Sequence[str]) -> None:
    """Scan the folder of a film in Plex's library; all of it where none of its libraries holds the film's folder. NotPossible."""
    headers, base = build_key_header(Application.PLEX, key), f"{url.rstrip('/')}/library/sections"
    listed = _read_fields(request_json("GET", base, headers=headers), "MediaContainer").get("Directory")
    for section in listed if isinstance(listed, list) else ():
        folders = [_read_text(each, "path") for each in section.get("Location", ())] if isinstance(section, dict) else []
        folder = next(
            (path.rpartition("/")[0] for path in paths for root in folders if root and path.startswith(f"{root}/")), None
        )
        if folder is not None and str(section.get("key", "")).isdecimal():
            request_json("GET", f"{base}/{section['key']}/refresh?{urlencode({'path': folder})}", headers=headers)
            return
    request_json("GET", f"{base}/all/refresh", headers=headers)


def refresh_jellyfin(url: str, key: str | None, paths: Sequence[str]) -> None:
    """Tell Jellyfin of a changed film, by its path in every notation; those that it does not know it ignores. NotPossible."""
    updates = [{"Path": path, "UpdateType": "Modified"} for path in paths]
    headers = build_key_header(Application.JELLYFIN, key)
    request_json("POST", f"{url.rstrip('/')}/Library/Media/Updated", headers=headers, body={"Updates": updates})


def list_remote_paths(path: str, mappings: Sequence[PathMapping]) -> tuple[str, ...]:
    """The paths of a file on other machines by the path mappings, then its path here."""
    remote = [
        mapping.remote.rstrip("/\\") + (rest.replace("/", "\\") if "\\" in mapping.remote else rest)
        for mapping in mappings
        if path.startswith(f"{mapping.local}/") and (rest := path[len(str(mapping.local)) :])
    ]
    return (*remote, path)


def _read_fields(found: Any, name: str) -> Mapping[str, Any]:
    inner = found.get(name) if isinstance(found, dict) else None
    if not isinstance(inner, dict):
        raise NotPossible("what answers there is not Plex; check host and port")
    return inner


def _read_text(found: Any, name: str) -> str:
    value = found.get(name) if isinstance(found, dict) else None
    return value[:100] if isinstance(value, str) else ""


def _join_titles(directories: Any) -> str:
    titles = [_read_text(each, "title") for each in directories] if isinstance(directories, list) else []
    return ", ".join(filter(None, titles[:20])) or "none yet"
