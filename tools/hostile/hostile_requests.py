"""Hostile requests: multipart uploads, uploads in parts and webhooks with the files and names of `hostile_media`."""

import base64
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.hostile.hostile_media import choose_media, choose_name

if TYPE_CHECKING:
    import httpx

VERSION = {"Tus-Resumable": "1.0.0"}
PART_TYPE = "application/offset+octet-stream"
ACCEPT_JSON = {"Accept": "application/json"}
MAX_NAME_BYTES = 255
NONSENSE = ("", "zz-zz-zz-zz", "es," * 300, "\u202ees", "-1", "1e999", "9" * 400, "../../etc/passwd", "<b>", "null", "%00")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one hostile request. `task`: where it was accepted."""

    number: int
    way: str
    kind: str
    status: int
    detail: str
    task: int | None = None

    def __str__(self) -> str:
        return f"{self.number} {self.way} {self.kind}: {self.status} {self.detail[:160]!r}"


class HostileClient:
    """Sends hostile requests; each is determined by the seed and its number."""

    def __init__(self, client: "httpx.Client", library: Path, seed: int) -> None:
        self._client, self._library, self._seed = client, library, seed

    def send(self, number: int) -> Outcome:
        """Send one request. `number`: which. One without an answer has status 0."""
        import httpx

        chance = random.Random(f"{self._seed}/{number}")  # noqa: S311 -- to be repeated, no secret
        way = chance.choice((self._send_multipart, self._send_parts, self._send_webhook, self._send_payload))
        try:
            return way(number, chance)
        except httpx.TransportError as error:
            return Outcome(number, way.__name__, "none", 0, str(error) or type(error).__name__)

    def _send_multipart(self, number: int, chance: random.Random) -> Outcome:
        kind, suffix, content = choose_media(chance)
        name = choose_name(chance, suffix)
        boundary = chance.choice((b"x", b"x" * 70, b"--", b"a b"))
        quoted = chance.choice((name, name.replace('"', "%22"), f'{name}"; filename="second.mkv', f"{name}\r\nX-Injected: 1"))
        headers = chance.choice(("", "Content-Transfer-Encoding: base64\r\n", "Content-Length: 1\r\n", f"X: {'y' * 9000}\r\n"))
        field = chance.choice(("file", "file", "file", "subtitles", "../file", "target_langs"))
        head = f'Content-Disposition: form-data; name="{field}"; filename="{quoted}"\r\n{headers}\r\n'.encode("utf-8", "replace")
        option = chance.choice((*["target_langs"] * 8, "speakers", "glossary", "preview_until", "colour"))
        value = "es" if option == "target_langs" else chance.choice((*NONSENSE, "1"))
        more = f'Content-Disposition: form-data; name="{option}"\r\n\r\n{value}'.encode()
        end = chance.choice((b"--\r\n", b"--\r\n", b"--\r\n", b"", b"\r\n"))
        body = b"--" + boundary + b"\r\n" + more + b"\r\n--" + boundary + b"\r\n" + head + content + b"\r\n--" + boundary + end
        kinds = {"Content-Type": f"multipart/form-data; boundary={boundary.decode()}"}
        answer = self._client.post("/upload", content=body, headers=kinds | ACCEPT_JSON)
        return _read_outcome(number, "upload", kind, answer, answer.json().get("id") if answer.status_code == 201 else None)

    def _send_parts(self, number: int, chance: random.Random) -> Outcome:
        kind, suffix, content = choose_media(chance)
        fields = {"filename": choose_name(chance, suffix), "target_langs": chance.choice((*NONSENSE, *["es"] * 30))}
        length = chance.choice((len(content), len(content), len(content), len(content) + 1, 1 << 62, -5))
        encoded = ",".join(
            f"{name} {base64.b64encode(value.encode('utf-8', 'replace')).decode()}" for name, value in fields.items()
        )
        metadata = chance.choice(
            (encoded, encoded, encoded, encoded, encoded.replace(" ", "  "), "filename " + "A" * 9000, ",,,")
        )
        headers = VERSION | {"Upload-Length": str(length), "Upload-Metadata": metadata.rstrip()}
        answer = self._client.post("/api/uploads", headers=headers)
        if answer.status_code != 201:
            return _read_outcome(number, "creation", kind, answer, None)
        url = answer.headers["location"]
        given = VERSION | {"Upload-Offset": chance.choice(("0", "0", "0", "0", "7", "-1", "x")), "Content-Type": PART_TYPE}
        answer = self._client.patch(url, content=content, headers=given)
        task = answer.headers.get("dubarr-task")
        outcome = _read_outcome(number, "part", kind, answer, int(task) if task else None)
        if task is None:
            self._client.delete(url, headers=VERSION)
        return outcome

    def _send_webhook(self, number: int, chance: random.Random) -> Outcome:
        kind, suffix, content = choose_media(chance)
        name = (
            choose_name(chance, suffix).replace("\0", "").replace("/", "_").encode()[-MAX_NAME_BYTES:].decode("utf-8", "ignore")
        )
        path = self._library / str(number) / name
        path.parent.mkdir()
        path.write_bytes(content)
        answer = self._client.post("/webhook", json={"path": str(path), "target_langs": ["es"], "force": True})
        return _read_outcome(number, "webhook", kind, answer, self._find_task(path) if answer.status_code == 200 else None)

    def _send_payload(self, number: int, chance: random.Random) -> Outcome:
        name = choose_name(chance, ".mkv")
        path: Any = chance.choice(
            (f"{self._library}/{name}", name, "/etc/passwd", "\\\\host\\share\\a.mkv", 7, None, [], "", "\0", {"a": 1})
        )
        payload: Any = chance.choice(
            (
                {"path": path},
                {"path": path, "target_langs": list(NONSENSE)[: chance.randrange(1, 9)]},
                {"path": path, "speakers": chance.choice(NONSENSE)},
                {"eventType": "Download", "episodeFile": {"path": path}, "series": {"id": 1, "title": name}},
                {"eventType": "Download", "movieFile": {"relativePath": name}, "movie": {"folderPath": "../../../etc"}},
                {"eventType": "Rename", "renamedMovieFiles": [{"previousPath": path, "path": name}], "movie": {"id": 1}},
                {"eventType": "MovieFileDelete", "movieFile": {"path": path}},
                [path],
                name,
            )
        )
        body = json.dumps(payload).encode() if chance.random() < 0.9 else b"[" * chance.choice((5, 100_000))
        answer = self._client.post("/webhook", content=body, headers={"Content-Type": "application/json"})
        return _read_outcome(number, "payload", "none", answer, None)

    def _find_task(self, path: Path) -> int | None:
        found = self._client.get("/api/tasks", params={"path": str(path)}).json().get("tasks", [])
        return int(found[0]["id"]) if found else None


def _read_outcome(number: int, way: str, kind: str, answer: "httpx.Response", task: int | None) -> Outcome:
    try:
        told = answer.json() if answer.content else {}
    except ValueError:
        told = {}
    detail = told.get("detail", "") if isinstance(told, dict) else ""
    return Outcome(number, way, kind, answer.status_code, str(detail), task)
