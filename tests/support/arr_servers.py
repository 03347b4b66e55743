"""A small Sonarr and Radarr on loopback: the parts of their API (version 3) that Dubarr asks, with every request recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from json_server import JsonRequest, json_server

KEY = "f4k3-key"
ENGLISH, SPANISH = {"id": 1, "name": "English"}, {"id": 3, "name": "Spanish"}
LANGUAGES = [
    {"id": -1, "name": "Any"},
    {"id": 0, "name": "Unknown"},
    ENGLISH,
    SPANISH,
    {"id": 34, "name": "Spanish (Latino)"},
    {"id": 30, "name": "Portuguese (Brazil)"},
    {"id": 18, "name": "Portuguese"},
]


@dataclass
class FakeArr:
    """The server's library, and the requests that it received: method, path and body. `answers`: path → JSON of a GET."""

    url: str = ""
    answers: dict[str, object] = field(default_factory=dict)
    requests: list[tuple[str, str, object]] = field(default_factory=list)
    refused: str = ""  # path that is answered with an error

    @property
    def changes(self) -> list[tuple[str, str, object]]:
        """Requests that change something."""
        return [each for each in self.requests if each[0] != "GET"]

    def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        """Status and JSON of an answer."""
        if self.refused and path.startswith(self.refused):
            return 500, {}
        if method == "POST" and path == "/tag":
            assert isinstance(body, dict)
            return 201, {"id": 9, "label": body["label"]}
        if method == "PUT" and isinstance(body, dict) and path.endswith("file/editor"):
            (name,) = (name for name in body if name.endswith("FileIds"))
            return 202, [{"id": each, "languages": body["languages"]} for each in body[name]]
        if method == "PUT":
            return 202, []
        return (200, self.answers[path]) if path in self.answers else (404, {})


@contextmanager
def arr_server(answers: dict[str, object]) -> Iterator[FakeArr]:
    """Serve until the block ends. `answers`: path below /api/v3 → JSON; languages, tags and commands have defaults."""
    fake = FakeArr(answers={"/language": LANGUAGES, "/tag": [], "/command": [], **answers})

    def answer(request: JsonRequest) -> tuple[int, object]:
        path = request.path.removeprefix("/api/v3")
        fake.requests.append((request.method, path, request.body))
        return fake.answer(request.method, path, request.body) if request.headers.get("X-Api-Key") == KEY else (401, {})

    with json_server(answer) as fake.url:
        yield fake
