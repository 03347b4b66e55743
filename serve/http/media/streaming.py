"""Live video streaming to a browser: transcoded by ffmpeg on the fly, rate-limited, cancelled on disconnect."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi.responses import StreamingResponse

from pipeline.errors import ProgramError
from pipeline.ffmpeg.playback import FRAGMENT_S
from serve.auth.asgi_types import Receive, Scope, Send
from serve.http.media.request_encoder import wait_for_disconnect
from serve.media.local_encoder import LocalEncoder
from serve.request_errors import Busy

log = logging.getLogger(__name__)

MAX_STREAMS = 3  # each is an ffmpeg that takes a part of a CPU core
SLOT_TIMEOUT_S = 2.0  # for a free slot: a client that seeks frees one and takes another
BURST_S = 12.0  # of film, sent at once
MAX_STREAM_SPEED = 1.25  # s of film per second after the burst: neither starves the player nor takes the CPU from running dubs
MAX_BUFFERED_S = 30.0  # of film sent ahead of playback: browsers with more stop reading for a while
STALL_TIMEOUT_S = 20.0  # after which a client that reads nothing (a paused tab) loses its slot; its player requests again
CHUNK_BYTES = 1 << 16  # sent at a time


# Runs a command and streams its stdout; leaving the block ends the command, and at the stream's end its exit code is checked.
StreamEncoder = Callable[[Sequence[str]], AbstractAsyncContextManager[asyncio.StreamReader]]


class StreamSlots:
    """Concurrency limit on streams, and their encoder. `stall_timeout_s`: seconds after which a client that reads nothing is
    disconnected. `encode`: None, in this process.
    """

    def __init__(
        self,
        count: int = MAX_STREAMS,
        slot_timeout_s: float = SLOT_TIMEOUT_S,
        *,
        stall_timeout_s: float = STALL_TIMEOUT_S,
        encode: StreamEncoder | None = None,
    ) -> None:
        self._free, self._count, self._slot_timeout_s = asyncio.Semaphore(count), count, slot_timeout_s
        self.stall_timeout_s, self.encode = stall_timeout_s, encode or LocalEncoder().stream

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[None]:
        """Acquire a slot for as long as the block. Busy where none becomes free in time."""
        try:
            async with asyncio.timeout(self._slot_timeout_s):
                await self._free.acquire()
        except TimeoutError:
            raise Busy(f"{self._count} streams are open already; close one of them, or try again") from None
        try:
            yield
        finally:
            self._free.release()


class StreamRateLimit:
    """Rate limit of a stream: a burst of some seconds of film, then a little faster than it is played, then as fast.

    `speed`: of playback, 1 is real time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, speed: float = 1.0) -> None:
        self._clock, self._begun, self._sent, self._speed = clock, clock(), 0.0, speed

    def delay(self) -> float:
        """Return the seconds until the next fragment may be sent."""
        due = max((self._sent - BURST_S) / MAX_STREAM_SPEED, self._sent - MAX_BUFFERED_S) / self._speed  # s after the beginning
        return max(0.0, self._begun + due - self._clock())

    def count_sent(self, seconds: float) -> None:
        """Count sent film. `seconds`: of film time."""
        self._sent += seconds


class VideoStreamResponse(StreamingResponse):
    """Streaming response with ffmpeg's output. Errors before the first byte become error responses; after it, the
    connection is closed, so that no browser takes a part of a film for the whole.
    """

    media_type = "video/mp4"

    def __init__(self, command: Sequence[str], slots: StreamSlots, *, speed: float = 1.0) -> None:
        super().__init__((), headers={"cache-control": "no-store"})
        self._command, self._slots, self._speed, self._begun = command, slots, speed, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        disconnect = asyncio.create_task(wait_for_disconnect(receive))
        streaming = asyncio.create_task(self._stream(send))
        try:
            await asyncio.wait({disconnect, streaming}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (disconnect, streaming):
                task.cancel()
            await asyncio.wait({disconnect, streaming})
        if not streaming.cancelled():
            streaming.result()  # raises its error

    async def _stream(self, send: Send) -> None:
        try:
            async with self._slots.acquire(), self._slots.encode(self._command) as film:
                await self._send_all(film, send)
            await self._send_chunk(send, b"", more=False)
        except (ProgramError, TimeoutError) as error:
            if not self._begun:
                raise
            log.warning(
                "stream stopped early: %s", str(error) or f"the client read nothing for {self._slots.stall_timeout_s:g} s"
            )

    async def _send_all(self, film: asyncio.StreamReader, send: Send) -> None:
        rate_limit = StreamRateLimit(speed=self._speed)
        async for chunk, kind in read_boxes(film):
            if kind == b"moof":  # the head of a fragment
                await asyncio.sleep(rate_limit.delay())
                rate_limit.count_sent(FRAGMENT_S)
            await self._send_chunk(send, chunk)

    async def _send_chunk(self, send: Send, chunk: bytes, *, more: bool = True) -> None:
        if not self._begun:
            self._begun = True
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with asyncio.timeout(self._slots.stall_timeout_s):
            await send({"type": "http.response.body", "body": chunk, "more_body": more})


async def read_boxes(film: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bytes]]:
    """Read an MP4 stream in chunks, each with the type of the box that begins with it; b"" inside a box."""
    while head := await _read_exactly(film, 8):
        left = int.from_bytes(head[:4], "big") - len(head)
        chunk, kind = head, head[4:]
        while left > 0 and (body := await film.read(min(left, CHUNK_BYTES))):
            yield chunk + body, kind
            left -= len(body)
            chunk, kind = b"", b""
        if kind:  # a box without a body
            yield chunk, kind


async def _read_exactly(film: asyncio.StreamReader, count: int) -> bytes:
    """Read exactly `count` bytes; none at the end, also at a premature one, which ffmpeg's exit code reveals."""
    try:
        return await film.readexactly(count)
    except asyncio.IncompleteReadError:
        return b""
