"""File responses over HTTP from an open file descriptor: what was checked is what is sent (no TOCTOU race)."""

from fastapi.responses import FileResponse

from pipeline.filesystem.path_guard import OpenedPath
from serve.auth.asgi_types import Receive, Scope, Send


class OpenedFileResponse(FileResponse):
    """FileResponse of a file that is held open until it is sent, whatever its path leads to by then."""

    def __init__(
        self, opened: OpenedPath, *, media_type: str, filename: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(opened.content, media_type=media_type, filename=filename, headers=headers)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._opened:
            await super().__call__(scope, receive, send)
