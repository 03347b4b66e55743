"""Updates of Sonarr and Radarr after a dub: a rescan, the languages of its file, and a tag.

API version 3: `command`, `moviefile` and `episodefile` with their editors, `language`, `tag`, and the editors of movies and series.
"""

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import NotPossible
from pipeline.settings import Settings
from pipeline.text import languages
from pipeline.values.monitoring.outbox import TaskEnd
from serve.connections.applications import Application, build_key_header, list_remote_paths
from serve.connections.json_request import request_json

log = logging.getLogger(__name__)

MAX_FILES_BYTES = 64 << 20  # the files of a long series
RESCAN_WAIT_S = 20.0  # a rescan may make a new record of the file
RESCAN_POLL_S = 0.5
RUNNING_COMMANDS = frozenset({"queued", "started"})
RESCANS = {"sonarr": "RescanSeries", "radarr": "RescanMovie"}  # commands


@dataclass(frozen=True, slots=True)
class ArrUpdate:
    """Update of one application about the movie or the series `owner`. Methods raise NotPossible."""

    application: Application
    url: str
    key: str | None
    owner: int

    @property
    def kind(self) -> str:
        """Word for the owner in the API's paths and fields."""
        return "movie" if self.application is Application.RADARR else "series"

    @property
    def file_kind(self) -> str:
        """Word for its files."""
        return "movieFile" if self.application is Application.RADARR else "episodeFile"

    def start_rescan(self) -> None:
        """Queue a rescan of the owner's folder."""
        self._request("POST", "command", {"name": RESCANS[self.application], f"{self.kind}Id": self.owner})

    def wait_for_rescan(self, stopping: threading.Event) -> None:
        """Wait until no rescan of the owner is queued or running, at most `RESCAN_WAIT_S`, or until `stopping` is set."""
        deadline = time.monotonic() + RESCAN_WAIT_S
        while any(self._is_own_rescan(command) for command in self._get_list("command")) and time.monotonic() < deadline:
            if stopping.wait(RESCAN_POLL_S):
                return

    def _is_own_rescan(self, command: Mapping[str, Any]) -> bool:
        body = command.get("body")
        is_own = isinstance(body, dict) and body.get(f"{self.kind}Id") == self.owner
        return is_own and command.get("name") in RESCANS.values() and command.get("status") in RUNNING_COMMANDS

    def add_languages(self, paths: Sequence[str], targets: Sequence[str]) -> str:
        """Add languages to those of the file at one of the paths. Returns a sentence for the log."""
        files = self._get_list(f"{self.file_kind.lower()}?{self.kind}Id={self.owner}")
        file = next((each for each in files if each.get("path") in paths and isinstance(each.get("id"), int)), None)
        if file is None:
            return "has no file at the dub's path; its languages stay"
        now = [each for each in file.get("languages") or () if isinstance(each, dict)]
        offered = self._get_list("language")
        added: list[dict[str, Any]] = []
        unknown: list[str] = []
        for target in targets:
            found = find_language(target, offered)
            if found is None:
                unknown.append(languages.get_english_name(target))
            elif found["id"] not in {each.get("id") for each in (*now, *added)}:
                added.append(found)
        told = f"; it knows no {', '.join(unknown)}" if unknown else ""
        if not added:
            return f"lists these languages already: {_join_names(now)}{told}"
        body = {f"{self.file_kind}Ids": [file["id"]], "languages": [*now, *added]}
        answer = self._request("PUT", f"{self.file_kind.lower()}/editor", body)
        return f"lists its file in {_join_names(_read_answer(answer, file['id']) or [*now, *added])}{told}"

    def add_tags(self, labels: Sequence[str]) -> str:
        """Add tags to the movie or the series, and make those that do not exist. Returns a sentence for the log."""
        known = {each.get("label"): each.get("id") for each in self._get_list("tag")}
        for label in labels:
            if not isinstance(known.get(label), int):
                made = self._request("POST", "tag", {"label": label})
                known[label] = made.get("id") if isinstance(made, dict) else None
        tags = [known[label] for label in labels if isinstance(known[label], int)]
        if not tags:
            raise NotPossible("it made no tag")
        owners = "movieIds" if self.kind == "movie" else "seriesIds"
        self._request("PUT", f"{self.kind}/editor", {owners: [self.owner], "tags": tags, "applyTags": "add"})
        return f"has the tags {', '.join(labels)}"

    def _get_list(self, resource: str) -> list[dict[str, Any]]:
        found = self._request("GET", resource)
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def _request(self, method: str, resource: str, body: Any = None) -> Any:
        url = f"{self.url.rstrip('/')}/api/v3/{resource}"
        return request_json(
            method, url, headers=build_key_header(self.application, self.key), body=body, max_bytes=MAX_FILES_BYTES
        )


def find_arr(end: TaskEnd, settings: Settings) -> ArrUpdate | None:
    """Find the application that a task came from; None where it came from neither, or that has no address in the settings."""
    name, _, number = end.origin.partition("/")
    if name not in RESCANS or not number.isdecimal():
        return None
    application = Application(name)
    url, key = application.find_address(settings)
    return ArrUpdate(application, url, key, int(number)) if url else None


def update_arr(end: TaskEnd, settings: Settings, stopping: threading.Event) -> None:
    """Let the application that a finished task came from rescan its folder, then add the dub's languages to its file. `stopping`: ends
    the wait for the rescan. Every step can be repeated. NotPossible.
    """
    update = find_arr(end, settings)
    if update is None or end.output is None:
        return
    update.start_rescan()
    update.wait_for_rescan(stopping)
    name = update.application.title()
    said = update.add_languages(list_remote_paths(str(end.output), settings.path_mappings), end.target_langs)
    log.info("task=%d %s %s", end.id, name, said)
    if settings.tag_dubbed:
        log.info("task=%d %s %s", end.id, name, update.add_tags([f"dubbed-{tag.lower()}" for tag in end.target_langs]))


def find_language(tag: str, offered: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The application's language of a BCP 47 tag: that of its region, else that of its name, else any of the same language."""
    named = [each for each in offered if isinstance(each.get("id"), int) and each["id"] > 0 and isinstance(each.get("name"), str)]
    known = [(each, languages.find_tag_by_name(each["name"][:40])) for each in named]
    name, base = languages.get_english_name(tag).casefold(), languages.base_language(tag)
    choices = (
        *(each for each in named if each["name"].casefold() == name),
        *(each for each, own in known if own == tag),
        *(each for each, own in known if own == base),
        *(each for each, own in known if own and languages.is_same_language(own, tag)),
    )
    found = next(iter(choices), None)
    return None if found is None else {"id": found["id"], "name": found["name"]}


def _read_answer(answer: Any, file_id: int) -> list[dict[str, Any]]:
    """Languages of the file in the editor's answer, which lists the files; [] where it does not."""
    files = [each for each in answer if isinstance(each, dict)] if isinstance(answer, list) else []
    found = next((each.get("languages") for each in files if each.get("id") == file_id), None)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _join_names(listed: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(str(each.get("name", "?"))[:40] for each in listed) or "none"
