"""The hub's own client, asked of a hub on loopback for files that the tests made."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from small_catalogue import SYMBOLS, VOICES, WEIGHTS

ROOT = Path(__file__).parents[3]

# The client reads its settings when it is imported.
CHILD = """
import sys
from pathlib import Path
from small_catalogue import SmallRegistry, tiny_model
from pipeline.errors import ModelFetchError
from pipeline.models.download import download_models
from pipeline.models.download_context import DownloadContext
from pipeline.models.folders import Folders
try:
    print(*download_models([tiny_model(hub="owner/tiny")], DownloadContext(Folders(None, Path(sys.argv[1])), download=SmallRegistry({}))))
except ModelFetchError as error:
    print("refused:", error)
"""


@contextmanager
def hub(files: dict[str, bytes]) -> Iterator[str]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path.partition("/resolve/main/")[2])
            self.send_response(404 if content is None else 200)
            self.send_header("X-Error-Code", "EntryNotFound") if content is None else None
            self.send_header("X-Repo-Commit", "a" * 40)
            self.send_header("ETag", f'"{hashlib.sha1(content or b"").hexdigest()}"')
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content or b"")

        do_HEAD = do_GET  # noqa: N815 -- the name that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def fetched(folder: Path, files: dict[str, bytes]) -> str:
    with hub(files) as endpoint:
        given = {"HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "HF_HOME": str(folder / "home"), "HF_HUB_DISABLE_XET": "1"}
        environment = {**os.environ, **given, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'support'}"}
        command = [sys.executable, "-c", CHILD, str(folder / "cache")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True).stdout.strip()


def test_files_of_the_hub_are_verified_like_those_of_packages(tmp_path: Path) -> None:
    right = {"model.bin": b"".join(WEIGHTS), "vocab.json": SYMBOLS, **VOICES}
    said = fetched(tmp_path, right | {"vocab.json": b'{"b": 1}'})
    assert said.startswith("refused:") and "vocab.json from owner/tiny of the hub has SHA-256" in said
    assert not (tmp_path / "cache" / "tiny" / "vocab.json").exists()
    said = fetched(tmp_path, {name: content for name, content in right.items() if name != "vocab.json"})
    assert "owner/tiny of the hub cannot be had (" in said
    said = fetched(tmp_path, right)
    assert said == str(tmp_path / "cache" / "tiny")
