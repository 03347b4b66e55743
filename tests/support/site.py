"""The dashboard as a browser meets it: a small API with its routes, the real security gate, uvicorn on loopback."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from dashboard.app import Dashboard, mount
from pipeline.settings import Settings
from serve.security import Credentials, Gate
from tests.support.dashboard import StoreService

USER, PASSWORD = "dubarr", "correct horse"


@dataclass
class Site:
    """Where it is, and what lies behind it. `uploads`: what was posted to `/upload`."""

    url: str
    dashboard: Dashboard
    service: StoreService
    uploads: list[dict[str, str]] = field(default_factory=list)

    def settles(self, claim: str, holds: Callable[[], object]) -> None:
        """Wait until something is so; AssertionError, naming it, when it is not after 30 s."""
        deadline = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < deadline, f"not within 30 s: {claim}"
            time.sleep(0.05)


@contextmanager
def served(service: StoreService, folder: Path, *, port: int = 0) -> Iterator[Site]:
    """Serve until the block ends."""
    app = FastAPI()
    uploads: list[dict[str, str]] = []
    _routes(app, service, uploads)
    dashboard = mount(app, service, session_seconds=2.0)
    gate = Gate(app, Settings(data_dir=folder), Credentials(USER, PASSWORD))
    server = uvicorn.Server(uvicorn.Config(gate, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    bound = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Site(f"http://127.0.0.1:{bound}", dashboard, service, uploads)
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def _routes(app: FastAPI, service: StoreService, uploads: list[dict[str, str]]) -> None:
    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "online"}

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response(b"", media_type="image/x-icon")

    @app.get("/download/{task_id}")
    def download(task_id: int) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="dub-{task_id}.mkv"'}
        return Response(b"a film", media_type="application/octet-stream", headers=headers)

    @app.post("/upload")
    async def upload(request: Request) -> Response:
        form = await request.form()
        film = form["file"]
        if film.filename.endswith(".txt"):  # type: ignore[union-attr]
            return JSONResponse({"detail": "notes.txt is not a film; send one"}, 415)
        uploads.append({"name": film.filename} | {name: str(form[name]) for name in ("target_langs", "source_lang")})  # type: ignore[union-attr]
        service.add(film.filename)  # type: ignore[union-attr, arg-type]
        return JSONResponse({}, 201)
