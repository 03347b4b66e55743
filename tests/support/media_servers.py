"""A small Sonarr, Plex and Jellyfin in one, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from json_server import JsonRequest, json_server

KEY = "f4k3-key"


@dataclass
class FakeServer:
    """Address of the server, and the requests that it received: path and body."""

    url: str = ""
    films: str = "/films"  # folder of its library of films
    requests: list[tuple[str, object]] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, object]:
        """Status and JSON of an answer."""
        answers: dict[str, object] = {
            "/api/v3/system/status": {"appName": "Sonarr", "version": "4.0"},
            "/api/v3/command": {"id": 1},
            "/System/Info": {"Version": "10.11"},
            "/Library/Media/Updated": {},
            "/library/sections": {
                "MediaContainer": {"Directory": [{"key": "3", "title": "Films", "Location": [{"path": self.films}]}]}
            },
        }
        plain = path.partition("?")[0]
        if plain in answers:
            return 200, answers[plain]
        return (200, {}) if plain.endswith("/refresh") else (404, {})


@contextmanager
def media_server() -> Iterator[FakeServer]:
    """Serve until the block ends."""
    fake = FakeServer()

    def answer(request: JsonRequest) -> tuple[int, object]:
        fake.requests.append((request.path, request.body))
        given = [request.headers.get(name) for name in ("X-Api-Key", "X-Plex-Token", "Authorization")]
        if request.path.startswith("/moved"):
            return 302, {}
        return fake.answer(request.path) if KEY in given or f'MediaBrowser Token="{KEY}"' in given else (401, {})

    with json_server(answer, redirects_to=lambda: f"{fake.url}/elsewhere") as fake.url:
        yield fake
