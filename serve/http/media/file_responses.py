"""File responses over HTTP from an open file descriptor: what was checked is what is sent (no TOCTOU race)."""

from collections.abc import Sequence
from contextlib import ExitStack

from fastapi.responses import FileResponse, StreamingResponse
from starlette.concurrency import iterate_in_threadpool

from pipeline.exports.clip_archive import ArchiveFile, iterate_archive
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


class OpenedArchiveResponse(StreamingResponse):
    """StreamingResponse of files in a ZIP archive, each held open until all are sent."""

    def __init__(self, opened: Sequence[OpenedPath], *, headers: dict[str, str]) -> None:
        files = [ArchiveFile(each.path.name, each.content) for each in opened]
        super().__init__(iterate_archive(files), media_type="application/zip", headers=headers)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            self.body_iterator = iterate_in_threadpool(())
        with ExitStack() as held:
            for each in self._opened:
                held.enter_context(each)
            await super().__call__(scope, receive, send)
