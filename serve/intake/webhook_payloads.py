"""Webhook payloads of Sonarr, Radarr and scripts, parsed to a frozen value.

Field names as the applications send them: null fields are left out, "On Import Complete" is a Download with plural files,
and "Test" carries a path that exists nowhere. An unreadable payload of theirs is ignored, never refused: the applications show a refusal
to their user as an error, and send it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.text import languages
from serve.request_errors import FieldsRefused

MAX_TAGS, MAX_TAG_CHARACTERS = 50, 300  # of one film
SCRIPT_ORIGIN = "webhook"  # origin of events that neither Sonarr nor Radarr sent


class EventKind(StrEnum):
    """Kind of a webhook event."""

    TEST = "test"  # the Test button in the application
    ARRIVED = "arrived"  # files to dub
    RENAMED = "renamed"
    DELETED = "deleted"
    OTHER = "other"


UNTOLD_LANGUAGES = frozenset({"unknown", "any", "original"})  # names in place of a language
EVENT_KINDS = {
    "Test": EventKind.TEST,
    "Download": EventKind.ARRIVED,  # On Import, On Upgrade, On Import Complete
    "Rename": EventKind.RENAMED,
    "EpisodeFileDelete": EventKind.DELETED,
    "MovieFileDelete": EventKind.DELETED,
    "SeriesDelete": EventKind.DELETED,
    "MovieDelete": EventKind.DELETED,
}
# Known events without a finished file. Unknown ones are ignored likewise.
IGNORED_EVENTS = [
    "Grab",
    "SeriesAdd",
    "MovieAdded",
    "Health",
    "HealthRestored",
    "ApplicationUpdate",
    "ManualInteractionRequired",
]


NATIVE_PARTS = (  # fields that only Sonarr and Radarr send
    *("series", "episodes", "episodeFile", "episodeFiles", "renamedEpisodeFiles", "deletedFiles"),
    *("movie", "remoteMovie", "movieFile", "movieFiles", "renamedMovieFiles", "instanceName", "applicationUrl"),
)


@dataclass(frozen=True, slots=True)
class Move:
    """A file's path before and after, as the sender names them."""

    previous: str
    path: str


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A parsed webhook. Paths as the sender names them. `origin`: "sonarr/<seriesId>", "radarr/<movieId>" or "webhook".

    `replaced`: files that an upgrade deleted; `folders`: of a series or a film that was deleted with its files;
    `original_lang`: BCP 47, of the film or the series; `tags`: its labels, None where the sender does not tell them.
    """

    kind: EventKind
    name: str  # the sender's word for it
    paths: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    origin: str = SCRIPT_ORIGIN
    replaced: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    original_lang: str | None = None
    tags: tuple[str, ...] | None = None


def parse_webhook(payload: dict[str, Any]) -> WebhookEvent:
    """Parse a webhook: the simple form `{"path": …}`, or a native payload of Sonarr or Radarr. FieldsRefused for the simple form
    without a path.
    """
    name = _read_text(payload, "eventType")
    _require_path(payload, name)
    simple = _read_text(payload, "path")
    if (
        simple
        and name not in IGNORED_EVENTS
        and EVENT_KINDS.get(name, EventKind.ARRIVED) in {EventKind.ARRIVED, EventKind.DELETED}
    ):
        return WebhookEvent(EVENT_KINDS.get(name, EventKind.ARRIVED), name, (simple,))
    kind, origin = EVENT_KINDS.get(name, EventKind.OTHER), _find_origin(payload)
    if kind is EventKind.RENAMED:
        return WebhookEvent(kind, name, moves=tuple(dict.fromkeys(_list_moves(payload))), origin=origin, tags=_find_tags(payload))
    files = tuple(dict.fromkeys(_list_files(payload)))
    if kind is EventKind.ARRIVED:
        replaced = tuple(dict.fromkeys(path for path in _list_replaced(payload) if path not in files))
        language, tags = _find_original_language(payload), _find_tags(payload)
        return WebhookEvent(kind, name, files, origin=origin, replaced=replaced, original_lang=language, tags=tags)
    if name in {"SeriesDelete", "MovieDelete"}:
        folder = _find_folder(payload)
        return WebhookEvent(
            kind, name, origin=origin, folders=(folder,) if folder and payload.get("deletedFiles") is True else ()
        )
    if kind is EventKind.DELETED:
        return WebhookEvent(kind, name, files, origin=origin)
    return WebhookEvent(kind, name, origin=origin)


def _require_path(payload: dict[str, Any], name: str) -> None:
    """Require the path of the simple form, which is any payload that has no part of a native one. FieldsRefused: scripts are told."""
    kind = EVENT_KINDS.get(name, EventKind.ARRIVED)
    is_native = any(part in payload for part in NATIVE_PARTS) or (name and "path" not in payload)
    if is_native or name in IGNORED_EVENTS or kind not in {EventKind.ARRIVED, EventKind.DELETED}:
        return
    if not _read_text(payload, "path").strip():
        raise FieldsRefused(
            {"path": "path: give the film's file as a text that is not empty, or the payload of Sonarr or Radarr"}
        )


def _list_files(payload: dict[str, Any]) -> Iterator[str]:
    """Yield the paths of imported or deleted files: singular and plural fields, of either application."""
    folder = _find_folder(payload)
    singular = [_read_object(payload, name) for name in ("episodeFile", "movieFile")]
    for file in [*singular, *_read_objects(payload, "episodeFiles"), *_read_objects(payload, "movieFiles")]:
        if path := _find_path(file, folder):
            yield path


def _list_replaced(payload: dict[str, Any]) -> Iterator[str]:
    """Yield the paths of the files that an upgrade deleted."""
    folder = _find_folder(payload)
    for file in _read_objects(payload, "deletedFiles"):
        if path := _find_path(file, folder):
            yield path


def _find_folder(payload: dict[str, Any]) -> str:
    """Return the folder of the series or the film."""
    return _read_text(_read_object(payload, "series"), "path") or _read_text(_read_object(payload, "movie"), "folderPath")


def _find_original_language(payload: dict[str, Any]) -> str | None:
    """Return the original language of the series or the film, which the applications send as {"id": 8, "name": "Japanese"}."""
    for part in ("series", "movie", "remoteMovie"):
        owner = _read_object(payload, part)
        name = _read_text(owner, "originalLanguage") or _read_text(_read_object(owner, "originalLanguage"), "name")
        if name and name.casefold() not in UNTOLD_LANGUAGES and (tag := languages.find_tag_by_name(name[:40])):
            return tag
    return None


def _find_tags(payload: dict[str, Any]) -> tuple[str, ...] | None:
    """Return the tags of the series or the film, which current versions send by their labels; None where it has none that can be read."""
    for part in ("series", "movie"):
        labels = _read_object(payload, part).get("tags")
        if isinstance(labels, list) and all(isinstance(each, str) for each in labels):
            return tuple(dict.fromkeys(label[:MAX_TAG_CHARACTERS] for label in labels[:MAX_TAGS]))
    return None


def _find_path(file: dict[str, Any], folder: str) -> str:
    """Return a file's path; older versions send it only relative to the series' or film's folder."""
    relative = _read_text(file, "relativePath")
    if (path := _read_text(file, "path")) or not (folder and relative):
        return path
    separator = "\\" if "\\" in folder and "/" not in folder else "/"
    return f"{folder.rstrip('/').rstrip(chr(92))}{separator}{relative}"


def _list_moves(payload: dict[str, Any]) -> Iterator[Move]:
    for file in [*_read_objects(payload, "renamedEpisodeFiles"), *_read_objects(payload, "renamedMovieFiles")]:
        previous, path = _read_text(file, "previousPath"), _read_text(file, "path")
        if previous and path and previous != path:
            yield Move(previous, path)


def _find_origin(payload: dict[str, Any]) -> str:
    for application, part in (("sonarr", "series"), ("radarr", "movie")):
        number = _read_object(payload, part).get("id")
        if isinstance(number, int) and not isinstance(number, bool) and number > 0:
            return f"{application}/{number}"
    return SCRIPT_ORIGIN


def _read_text(payload: dict[str, Any], name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""


def _read_object(payload: dict[str, Any], name: str) -> dict[str, Any]:
    value = payload.get(name)
    return value if isinstance(value, dict) else {}


def _read_objects(payload: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = payload.get(name)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
