"""A small Sonarr, Plex and Jellyfin in one, on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(None)

        def do_POST(self) -> None:
            self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def reply(self, body: object) -> None:
            fake.requests.append((self.path, body))
            given = (self.headers.get("X-Api-Key"), self.headers.get("X-Plex-Token"), self.headers.get("Authorization"))
            known = KEY in given or f'MediaBrowser Token="{KEY}"' in given
            status, answer = (302, {}) if self.path.startswith("/moved") else fake.answer(self.path) if known else (401, {})
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Location", f"{fake.url}/elsewhere")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield fake
    server.shutdown()
    server.server_close()
