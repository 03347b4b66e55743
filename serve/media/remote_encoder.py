"""Remote encoder: the ingress's side of a stream that a media replica encodes."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import ProgramError
from serve.request_errors import Busy

CONNECT_TIMEOUT_S = 10.0  # for a replica with a free place: one that was killed is back in some seconds
BUFFER_BYTES = 1 << 18  # of a stream held here while its viewer does not read


class RemoteEncoder:
    """Encoder in media replicas. `handle`: of their deployment; `folder`: private, for the sockets."""

    def __init__(self, handle: Any, folder: Path) -> None:
        self._handle, self._folder = handle, folder

    @asynccontextmanager
    async def __call__(self, command: Sequence[str]) -> AsyncIterator[asyncio.StreamReader]:
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
        encoding = asyncio.create_task(self._encode(command, socket))
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

    async def _encode(self, command: Sequence[str], socket: Path) -> None:
        """Call a replica for as long as the stream lasts. ProgramError."""
        import ray

        response = self._handle.encode.remote(list(command), str(socket))
        try:
            await response
        except asyncio.CancelledError:
            response.cancel()
            raise
        except ray.exceptions.RayTaskError as error:
            raise (error.cause or error) from None
        except ray.exceptions.RayActorError as error:
            raise ProgramError("media encoder", -9, "its replica ended; try again") from error
