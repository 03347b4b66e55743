"""A film on its way to a browser: made while it is watched, at the viewer's pace, and ended when the viewer leaves."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from fastapi.responses import StreamingResponse

from pipeline import subprocesses
from pipeline.errors import ProgramError
from pipeline.ffmpeg.playback import FRAGMENT
from serve.http.errors import Busy
from serve.http.security import Receive, Scope, Send

log = logging.getLogger(__name__)

SEATS = 3  # each is an ffmpeg that takes a part of a core
PATIENCE = 2.0  # s that a viewer waits for a seat: whoever seeks leaves one and takes another
AHEAD = 12.0  # s of film that go out at once
PACE = 1.25  # s of film per second after that, so that the film neither starves nor takes the machine from the dubbing
MOST_AHEAD = 30.0  # s of film that may be out before they are played: browsers that have more stop reading for a while
LONGEST = 6 * 3600.0  # s that one film is made for
STALL_TIMEOUT_S = 20.0  # a viewer who takes nothing loses the seat: a paused tab, whose player asks again when it is played
PIECE = 1 << 16  # bytes sent at a time


class Seats:
    """So many may watch at a time. `stall_timeout`: seconds after which a viewer who takes nothing is given up."""

    def __init__(self, count: int = SEATS, patience: float = PATIENCE, *, stall_timeout: float = STALL_TIMEOUT_S) -> None:
        self._free, self._count, self._patience = asyncio.Semaphore(count), count, patience
        self.stall_timeout = stall_timeout

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """One seat, for as long as the block. Busy where none becomes free."""
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise Busy(f"{self._count} films are being watched already; close one of them, or try again") from None
        try:
            yield
        finally:
            self._free.release()


class Pace:
    """Rate limit of a film that goes out: some seconds of it at once, then a little faster than it is played, then as fast."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._begun, self._sent = clock, clock(), 0.0

    def delay(self) -> float:
        """Seconds until the next fragment may go."""
        due = max((self._sent - AHEAD) / PACE, self._sent - MOST_AHEAD)  # s after the beginning
        return max(0.0, self._begun + due - self._clock())

    def sent(self, seconds: float) -> None:
        """So much more of the film is out."""
        self._sent += seconds


class Screening(StreamingResponse):
    """What ffmpeg makes, as the answer to a request. Errors before the first byte are answered as such; after it, the
    connection breaks off, so that no browser takes half a film for a whole one.
    """

    media_type = "video/mp4"

    def __init__(self, command: Sequence[str], seats: Seats) -> None:
        super().__init__((), headers={"cache-control": "no-store"})
        self._command, self._seats, self._begun = command, seats, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        leaving = asyncio.create_task(_left(receive))
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
            async with self._seats.taken(), subprocesses.flowing(self._command, longest=LONGEST) as film:
                await self._send_all(film, send)
            await self._send_piece(send, b"", more=False)
        except (ProgramError, TimeoutError) as error:
            if not self._begun:
                raise
            log.warning("watching was ended early: %s", str(error) or f"nothing was taken for {self._seats.stall_timeout:g} s")

    async def _send_all(self, film: asyncio.StreamReader, send: Send) -> None:
        pace = Pace()
        async for piece, kind in pieces(film):
            if kind == b"moof":  # the head of a fragment
                await asyncio.sleep(pace.delay())
                pace.sent(FRAGMENT)
            await self._send_piece(send, piece)

    async def _send_piece(self, send: Send, piece: bytes, *, more: bool = True) -> None:
        if not self._begun:
            self._begun = True
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with asyncio.timeout(self._seats.stall_timeout):
            await send({"type": "http.response.body", "body": piece, "more_body": more})


async def pieces(film: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bytes]]:
    """An MP4 as it comes, in pieces. The second of each pair is the type of the box that begins with it, b"" inside a box."""
    while head := await _read(film, 8):
        left = int.from_bytes(head[:4], "big") - len(head)
        piece, kind = head, head[4:]
        while left > 0 and (body := await film.read(min(left, PIECE))):
            yield piece + body, kind
            left -= len(body)
            piece, kind = b"", b""
        if kind:  # a box without a body
            yield piece, kind


async def _read(film: asyncio.StreamReader, count: int) -> bytes:
    """So many bytes; none at the end, also where it comes too early, which the exit code tells."""
    try:
        return await film.readexactly(count)
    except asyncio.IncompleteReadError:
        return b""


async def _left(receive: Receive) -> None:
    """Returns when the viewer has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
