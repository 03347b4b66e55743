"""Files that are given out over HTTP: opened where they may lie, checked, and served from what was opened."""

from fastapi.responses import FileResponse

from pipeline.path_guard import OpenedPath
from serve.http.security import Receive, Scope, Send


class OpenedFileResponse(FileResponse):
    """A FileResponse of a file that is held open until it is sent: what goes out is what was checked, whatever its path leads
    to by now.
    """

    def __init__(
        self, opened: OpenedPath, *, media_type: str, filename: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(opened.content, media_type=media_type, filename=filename, headers=headers)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._opened:
            await super().__call__(scope, receive, send)
