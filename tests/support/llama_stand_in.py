"""A stand-in for llama.cpp's server, started as an interpreter would be: `stand-in -I llama_program.py`.

It takes the plan on stdin like serve/llm/llama_program.py, listens on the plan's socket, wants its key, and ends with its stdin. What
it does beside that is in the name of the model's file: `broken`: it cannot load; `mute`: it ends without a word.
"""

import json
import os
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar


def make_interpreter(folder: Path) -> str:
    """An executable that runs this file whatever it is told to run."""
    path = folder / "bin" / "python"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} "$@"\n')
    path.chmod(0o755)
    return str(path)


def make_gguf(folder: Path, name: str = "small.gguf") -> Path:
    """A file that begins as a GGUF model does."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"GGUF" + name.encode())
    return path


class Handler(BaseHTTPRequestHandler):
    """OpenAI's protocol: the models, and a completion that says the plan and the process."""

    plan: ClassVar[dict[str, Any]] = {}

    def do_GET(self) -> None:
        self._answer({"object": "list", "data": [{"id": self.plan["alias"], "meta": {"n_ctx": self.plan["window"]}}]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        content = json.dumps({"pid": os.getpid(), "asked": asked["messages"][-1]["content"], "model": self.plan["model"]})
        self._answer({"choices": [{"message": {"content": content}, "finish_reason": "stop"}], "usage": {}})

    def _answer(self, value: dict[str, Any]) -> None:
        known = self.headers.get("authorization") == f"Bearer {self.plan['key']}"
        body = json.dumps(value if known else {"error": {"message": "Invalid API Key"}}).encode()
        self.send_response(200 if known else 401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "-"

    def log_message(self, *_: object) -> None:
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    name = Path(plan["model"]).name
    if "mute" in name:
        sys.exit(3)
    if "broken" in name:
        print(json.dumps({"error": "RuntimeError: its tensors are missing"}), flush=True)
        sys.exit(1)
    Handler.plan = plan
    os.umask(0o077)
    server = Server(plan["socket"], Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"ready": True}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
