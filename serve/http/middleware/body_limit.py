"""Request body limits, as ASGI middleware: size, duration, transfer rate and concurrency.

HAProxy bounds idle connections (`serve.runtime.haproxy`). A slow body is never idle, so its time is bounded here (slowloris).
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from serve.auth.asgi_types import App, Message, Receive, Scope, Send
from serve.metrics.process_metrics import UPLOADS

MAX_BODY_BYTES = 1 << 20  # bytes; Sonarr's payload for a season of 30 files is 60 kB
MAX_BODY_S = 60.0  # from the first byte to the last, for bodies that are not uploads
IDLE_TIMEOUT_S = 20.0  # without a byte of any body
MIN_UPLOAD_RATE_BYTES_S = 4 << 10  # bytes per second of an upload, on average over each `RATE_PERIOD_S`
RATE_PERIOD_S = 60.0
MAX_BODIES = 64  # read at a time
MAX_UPLOADS = 16  # among them, each with a temporary file
RETRY_AFTER_HEADER = {"Retry-After": "10"}


@dataclass(frozen=True, slots=True)
class BodyTimes:
    """Timeouts of a request body, in seconds.

    `idle_s`: between two chunks; `max_s`: in all, of bodies that are not uploads; `rate_period_s`: over which an upload's rate
    is averaged.
    """

    idle_s: float = IDLE_TIMEOUT_S
    max_s: float = MAX_BODY_S
    rate_period_s: float = RATE_PERIOD_S


class BodyLimit:
    """Middleware that refuses bodies that are too large (413), too slow (408) or too many at a time (429).

    `is_upload`: by the path, True for bodies that may take long. `max_bytes`: the limit on size, None for none.
    """

    def __init__(
        self,
        app: App,
        is_upload: Callable[[str], bool],
        times: BodyTimes | None = None,
        max_bytes: Callable[[str], int | None] = lambda path: MAX_BODY_BYTES,
    ) -> None:
        self._app, self._is_upload, self._times = app, is_upload, times or BodyTimes()
        self._max_bytes = max_bytes
        self._bodies = self._uploads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_upload = self._is_upload(scope["path"])
        times = replace(self._times, max_s=math.inf) if is_upload else self._times
        most = self._max_bytes(scope["path"])
        body = _Body(receive, times, max_bytes=most, begin=lambda: self._begin(is_upload=is_upload))
        try:
            await self._app(scope, body.receive, send)
        finally:
            if body.is_counted:
                self._bodies -= 1
                self._uploads -= is_upload
                UPLOADS.dec(is_upload)

    def _begin(self, *, is_upload: bool) -> None:
        from starlette.exceptions import HTTPException

        if self._bodies >= MAX_BODIES or (is_upload and self._uploads >= MAX_UPLOADS):
            most = f"{MAX_UPLOADS} uploads" if is_upload else f"{MAX_BODIES} requests with a body"
            raise HTTPException(429, f"too many requests: at most {most} at a time; try again later", RETRY_AFTER_HEADER)
        self._bodies += 1
        self._uploads += is_upload
        UPLOADS.inc(is_upload)


class _Body:
    """A request body as the application reads it. `max_bytes`: None for no limit. `is_counted`: it counts as concurrent until the
    response is over.
    """

    def __init__(self, receive: Receive, times: BodyTimes, *, max_bytes: int | None, begin: Callable[[], None]) -> None:
        self._receive, self._times, self._max_bytes, self._begin = receive, times, max_bytes, begin
        self._size = self._period_size = 0
        self._waited = self._period_waited = 0.0  # for the client only: a slow disk of the service does not count
        self._is_complete = self.is_counted = False

    async def receive(self) -> Message:
        """Receive the next message. HTTPException where the body exceeds a limit, also in its middle: the frameworks pass it on."""
        from starlette.exceptions import HTTPException

        if self._is_complete:
            return await self._receive()  # the app waits for the client's disconnect
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._times.idle_s):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, f"no data received for {self._times.idle_s:g} s; send it again") from None
        self._is_complete = message["type"] != "http.request" or not message.get("more_body", False)
        if not self._is_complete and not self.is_counted:
            self._begin()
            self.is_counted = True
        self._check(len(message.get("body", b"")), time.monotonic() - begun)
        return message

    def _check(self, size: int, waited: float) -> None:
        from starlette.exceptions import HTTPException

        self._size, self._period_size = self._size + size, self._period_size + size
        self._waited, self._period_waited = self._waited + waited, self._period_waited + waited
        if self._max_bytes is not None and self._size > self._max_bytes:
            raise HTTPException(413, f"the request body is larger than {self._max_bytes} bytes; send films to /upload")
        if self._is_complete:
            return
        if self._waited > self._times.max_s:
            raise HTTPException(408, f"the request body took longer than {self._times.max_s:g} s; send it again")
        if self._period_waited > self._times.rate_period_s:
            if self._period_size < MIN_UPLOAD_RATE_BYTES_S * self._times.rate_period_s:
                raise HTTPException(
                    408, f"the request body is slower than {MIN_UPLOAD_RATE_BYTES_S} bytes per second; send it again"
                )
            self._period_size, self._period_waited = 0, 0.0
