"""Remote encoder: the ingress's side of what media replicas encode."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from pipeline.errors import ProgramError
from pipeline.exports.encoded_audio import EXCERPT_TIMEOUT_S
from pipeline.exports.waveform_peaks import Peaks
from pipeline.ffmpeg.command_line import compute_time_limit
from pipeline.values.media import AudioFormat, Film
from pipeline.values.timeline import Span
from serve.request_errors import Busy

CONNECT_TIMEOUT_S = 10.0  # for a replica with a free place: one that was killed is back in some seconds
PLACE_TIMEOUT_S = 30.0  # for a replica with a free place, beside the time that ffmpeg may take
BUFFER_BYTES = 1 << 18  # of a stream held here while its viewer does not read


class RemoteEncoder:
    """Encoder in media replicas. `handle`: of their deployment; `folder`: private, for the sockets."""

    def __init__(self, handle: Any, folder: Path) -> None:
        self._handle, self._folder = handle, folder

    @asynccontextmanager
    async def stream(self, command: Sequence[str]) -> AsyncIterator[asyncio.StreamReader]:
        """Stream the stdout of a command that a replica runs. Leaving the block ends the command; at the end of the stream its
        exit code is checked. ProgramError; Busy where no replica has a place.
        """
        connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if connected.done():
                writer.close()
            else:
                connected.set_result((reader, writer))

        socket = self._folder / f"stream-{secrets.token_hex(8)}"
        server = await asyncio.start_unix_server(accept, socket, limit=BUFFER_BYTES)
        encoding = asyncio.create_task(self._call(self._handle.stream, list(command), str(socket)))
        encoding.add_done_callback(lambda task: task.cancelled() or task.exception())  # retrieved, also where the viewer left
        writer: asyncio.StreamWriter | None = None
        try:
            either: set[asyncio.Future[Any]] = {connected, encoding}
            await asyncio.wait(either, timeout=CONNECT_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
            if not connected.done():
                if encoding.done():
                    encoding.result()  # raises
                raise Busy("all places for streams are taken, or their process is starting; try again")
            reader, writer = connected.result()
            server.close()
            socket.unlink(missing_ok=True)
            yield reader
            await encoding
        finally:
            if writer is not None:
                writer.close()
            server.close()
            socket.unlink(missing_ok=True)
            encoding.cancel()
            await asyncio.wait({encoding})

    async def encode_excerpt(self, path: Path, film: Film, sound: int, spans: Sequence[Span]) -> bytes:
        """Encode spans of a track as a FLAC."""
        async with _limit_time(EXCERPT_TIMEOUT_S):
            return cast(bytes, await self._call(self._handle.encode_excerpt, path, film, sound, tuple(spans)))

    async def convert_artifact(self, path: Path, destination: Path, form: AudioFormat, *, seconds: float) -> None:
        """Convert an artifact to a file."""
        async with _limit_time(compute_time_limit(seconds)):
            await self._call(self._handle.convert_artifact, path, destination, form, seconds=seconds)

    async def measure_peaks(self, path: Path, index: int, seconds: float) -> Peaks:
        """Measure the waveform peaks of a track."""
        async with _limit_time(compute_time_limit(seconds)):
            return cast(Peaks, await self._call(self._handle.measure_peaks, path, index, seconds))

    async def _call(self, method: Any, *args: object, **kwargs: object) -> Any:
        """Call a method of a replica; cancelled, it cancels the replica's work. The errors of the work, ProgramError."""
        import ray

        response = method.remote(*args, **kwargs)
        try:
            return await response
        except asyncio.CancelledError:
            response.cancel()
            raise
        except ray.exceptions.RayTaskError as error:
            raise (error.cause or error) from None
        except ray.exceptions.RayActorError as error:
            raise ProgramError("media encoder", -9, "its replica ended; try again") from error


@asynccontextmanager
async def _limit_time(run_s: float) -> AsyncIterator[None]:
    """Time limit of a call: that of its ffmpeg and the time to find a replica with a free place. Busy."""
    try:
        async with asyncio.timeout(run_s + PLACE_TIMEOUT_S):
            yield
    except TimeoutError:
        raise Busy("no media encoder answered in time; try again") from None
