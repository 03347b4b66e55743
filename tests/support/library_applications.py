"""Sonarr, Radarr, Plex and Jellyfin on loopback, by the shapes of their published APIs (Sonarr and Radarr version 3, Plex Media Server,
Jellyfin 10). They are strict: a route, a query, a body or a key that is not theirs is refused, and noted as a fault.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from json_server import JsonRequest, json_server

KEYS = {"sonarr": "s-key", "radarr": "r-key", "plex": "p-token", "jellyfin": "j-key"}
AUTH = {
    "sonarr": ("X-Api-Key", "s-key"),
    "radarr": ("X-Api-Key", "r-key"),
    "plex": ("X-Plex-Token", "p-token"),
    "jellyfin": ("Authorization", 'MediaBrowser Token="j-key"'),
}
AUTH_HEADERS = ("X-Api-Key", "X-Plex-Token", "Authorization", "X-Emby-Token", "Cookie")
ENGLISH, SPANISH = {"id": 1, "name": "English"}, {"id": 3, "name": "Spanish"}
FILM = "/films/Voyage/voyage.mkv"


@dataclass(frozen=True)
class Call:
    """A request as an application received it."""

    application: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    auth: tuple[tuple[str, str], ...] = ()


@dataclass
class Route:
    """Requests that an application takes, and its answers: the names of its query, the types of its body's fields, a status and JSON."""

    answer: Callable[[Any], object]
    query: frozenset[str] = frozenset()
    body: Mapping[str, type] | None = None
    status: int = 200


@dataclass
class Applications:
    """The four, and what they received, in order. `failures`: application → status of its first answer. `scanned`: path of a file that
    Sonarr and Radarr find by a rescan.
    """

    calls: list[Call] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)  # requests to the host that they redirect to
    elsewhere_url: str = ""
    scanned: str | None = None
    files: list[dict[str, object]] = field(default_factory=lambda: [{"id": 5, "path": FILM, "languages": [ENGLISH]}])
    tags: list[dict[str, object]] = field(default_factory=list)

    def routes(self, application: str) -> dict[tuple[str, str], Route]:
        match application:
            case "sonarr":
                return self._arr_routes("series", "episodeFile", "RescanSeries")
            case "radarr":
                return self._arr_routes("movie", "movieFile", "RescanMovie")
            case "plex":
                section = {"key": "3", "title": "Films", "Location": [{"id": 1, "path": "/films"}]}
                return {
                    ("GET", "/library/sections"): Route(lambda _: {"MediaContainer": {"size": 1, "Directory": [section]}}),
                    ("GET", "/library/sections/3/refresh"): Route(lambda _: None, query=frozenset({"path"})),
                }
            case _:
                return {("POST", "/Library/Media/Updated"): Route(lambda _: None, body={"Updates": list}, status=204)}

    def _arr_routes(self, owner: str, file: str, rescan: str) -> dict[tuple[str, str], Route]:
        base, files = "/api/v3", f"/api/v3/{file.lower()}"
        owners = "movieIds" if owner == "movie" else "seriesIds"

        def run_command(body: dict[str, Any]) -> object:
            if body["name"] != rescan:
                self.faults.append(f"{body['name']} is no command of its")
            if self.scanned:
                self.files.append({"id": 6, "path": self.scanned, "languages": [ENGLISH]})
            return {"id": 1, "name": rescan, "status": "queued", "body": body}

        def add_tag(body: dict[str, Any]) -> object:
            self.tags.append({"id": 9, "label": body["label"]})
            return self.tags[-1]

        def edit_files(body: dict[str, Any]) -> object:
            return [{"id": each, "languages": body["languages"]} for each in body[f"{file}Ids"]]

        languages = [{"id": -1, "name": "Any"}, {"id": 0, "name": "Unknown"}, ENGLISH, SPANISH]
        return {
            ("GET", f"{base}/command"): Route(lambda _: []),
            ("POST", f"{base}/command"): Route(run_command, body={"name": str, f"{owner}Id": int}, status=201),
            ("GET", files): Route(lambda _: self.files, query=frozenset({f"{owner}Id"})),
            ("PUT", f"{files}/editor"): Route(edit_files, body={f"{file}Ids": list, "languages": list}, status=202),
            ("GET", f"{base}/language"): Route(lambda _: languages),
            ("GET", f"{base}/tag"): Route(lambda _: self.tags),
            ("POST", f"{base}/tag"): Route(add_tag, body={"label": str}, status=201),
            ("PUT", f"{base}/{owner}/editor"): Route(
                lambda _: [], body={owners: list, "tags": list, "applyTags": str}, status=202
            ),
        }

    def answer(self, call: Call) -> tuple[int, object]:
        """Status and JSON of an answer."""
        self.calls.append(call)
        route = self.routes(call.application).get((call.method, call.path))
        if call.auth != (AUTH[call.application],):
            return self._refuse(401, call)
        if route is None:
            return self._refuse(404, call)
        given = {name: type(value) for name, value in call.body.items()} if isinstance(call.body, dict) else call.body
        if set(call.query) != route.query or given != route.body:
            return self._refuse(400, call)
        if status := self.failures.pop(call.application, None):
            return status, {"message": "not now"}
        return route.status, route.answer(call.body)

    def _refuse(self, status: int, call: Call) -> tuple[int, object]:
        self.faults.append(f"{status}: {call}")
        return status, {}


@contextmanager
def library_applications() -> Iterator[Applications]:
    """Serve the four, and a fifth host that they redirect to, until the block ends."""
    found = Applications()

    def answer_elsewhere(request: JsonRequest) -> tuple[int, object]:
        found.elsewhere.append(f"{request.method} {request.path} {request.headers}")
        return 200, None

    with ExitStack() as servers:
        found.elsewhere_url = servers.enter_context(json_server(answer_elsewhere))
        for application in KEYS:
            answer = partial(_answer_call, found, application)
            found.urls[application] = servers.enter_context(json_server(answer, redirects_to=lambda: found.elsewhere_url))
        yield found


def _answer_call(found: Applications, application: str, request: JsonRequest) -> tuple[int, object]:
    parts = urlsplit(request.path)
    auth = tuple((name, request.headers[name]) for name in AUTH_HEADERS if name in request.headers)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return found.answer(Call(application, request.method, parts.path, query, request.body, auth))
