"""Live video streaming to a browser: transcoded by ffmpeg on the fly, rate-limited, cancelled on disconnect."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from fastapi.responses import StreamingResponse

from pipeline.errors import ProgramError
from pipeline.ffmpeg.playback import FRAGMENT_S
from pipeline.processes import subprocesses
from serve.http.security import Receive, Scope, Send
from serve.request_errors import Busy

log = logging.getLogger(__name__)

MAX_STREAMS = 3  # each is an ffmpeg that takes a part of a core
SLOT_TIMEOUT_S = 2.0  # s that a viewer waits for a seat: whoever seeks leaves one and takes another
BURST_S = 12.0  # s of film that go out at once
MAX_STREAM_SPEED = (
    1.25  # s of film per second after that, so that the film neither starves nor takes the machine from the dubbing
)
MAX_BUFFERED_S = 30.0  # s of film that may be out before they are played: browsers that have more stop reading for a while
MAX_STREAM_S = 6 * 3600.0  # s that one film is made for
STALL_TIMEOUT_S = 20.0  # a viewer who takes nothing loses the seat: a paused tab, whose player asks again when it is played
CHUNK_BYTES = 1 << 16  # bytes sent at a time


class StreamSlots:
    """Concurrency limit on streams. `stall_timeout`: seconds after which a client that reads nothing is disconnected."""

    def __init__(
        self, count: int = MAX_STREAMS, patience: float = SLOT_TIMEOUT_S, *, stall_timeout: float = STALL_TIMEOUT_S
    ) -> None:
        self._free, self._count, self._patience = asyncio.Semaphore(count), count, patience
        self.stall_timeout = stall_timeout

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[None]:
        """Acquire a slot for as long as the block. Busy where none becomes free in time."""
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise Busy(f"{self._count} films are being watched already; close one of them, or try again") from None
        try:
            yield
        finally:
            self._free.release()


class StreamRateLimit:
    """Rate limit of a stream: a burst of some seconds of film, then a little faster than real time, then real time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._begun, self._sent = clock, clock(), 0.0

    def delay(self) -> float:
        """Return the seconds until the next fragment may be sent."""
        due = max((self._sent - BURST_S) / MAX_STREAM_SPEED, self._sent - MAX_BUFFERED_S)  # s after the beginning
        return max(0.0, self._begun + due - self._clock())

    def sent(self, seconds: float) -> None:
        """Count sent film. `seconds`: of film time."""
        self._sent += seconds


class VideoStreamResponse(StreamingResponse):
    """Streaming response with ffmpeg's output. Errors before the first byte are answered as such; after it, the
    connection breaks off, so that no browser takes half a film for a whole one.
    """

    media_type = "video/mp4"

    def __init__(self, command: Sequence[str], seats: StreamSlots) -> None:
        super().__init__((), headers={"cache-control": "no-store"})
        self._command, self._seats, self._begun = command, seats, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        leaving = asyncio.create_task(_wait_for_disconnect(receive))
        showing = asyncio.create_task(self._show(send))
        try:
            await asyncio.wait({leaving, showing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (leaving, showing):
                task.cancel()
            await asyncio.wait({leaving, showing})
        if not showing.cancelled():
            showing.result()  # its error is ours

    async def _show(self, send: Send) -> None:
        try:
            async with self._seats.acquire(), subprocesses.stream_stdout(self._command, longest=MAX_STREAM_S) as film:
                await self._send_all(film, send)
            await self._send_piece(send, b"", more=False)
        except (ProgramError, TimeoutError) as error:
            if not self._begun:
                raise
            log.warning("watching was ended early: %s", str(error) or f"nothing was taken for {self._seats.stall_timeout:g} s")

    async def _send_all(self, film: asyncio.StreamReader, send: Send) -> None:
        pace = StreamRateLimit()
        async for piece, kind in pieces(film):
            if kind == b"moof":  # the head of a fragment
                await asyncio.sleep(pace.delay())
                pace.sent(FRAGMENT_S)
            await self._send_piece(send, piece)

    async def _send_piece(self, send: Send, piece: bytes, *, more: bool = True) -> None:
        if not self._begun:
            self._begun = True
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with asyncio.timeout(self._seats.stall_timeout):
            await send({"type": "http.response.body", "body": piece, "more_body": more})


async def pieces(film: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bytes]]:
    """An MP4 as it comes, in pieces. The second of each pair is the type of the box that begins with it, b"" inside a box."""
    while head := await _read_exactly(film, 8):
        left = int.from_bytes(head[:4], "big") - len(head)
        piece, kind = head, head[4:]
        while left > 0 and (body := await film.read(min(left, CHUNK_BYTES))):
            yield piece + body, kind
            left -= len(body)
            piece, kind = b"", b""
        if kind:  # a box without a body
            yield piece, kind


async def _read_exactly(film: asyncio.StreamReader, count: int) -> bytes:
    """Read exactly `count` bytes; none at the end, also at a premature one, which the exit code tells."""
    try:
        return await film.readexactly(count)
    except asyncio.IncompleteReadError:
        return b""


async def _wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass
