"""Log websocket, `/ws/logs`: a text frame per line, and an empty one as a keep-alive after 20 s without a line."""

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from serve.status.log_tail import LogTail

KEEP_ALIVE_S = 20.0


async def send_log(socket: WebSocket, log_tail: LogTail) -> None:
    """Send the last lines, then each new one, until the client disconnects."""
    await socket.accept()
    async with log_tail.subscribe() as lines:
        sending = asyncio.create_task(_send_lines(socket, lines))
        disconnect = asyncio.create_task(_wait_for_disconnect(socket))
        # A sender alone would notice a disconnect only at the next line.
        _, pending = await asyncio.wait((sending, disconnect), return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):  # RuntimeError: sent after the close
            await asyncio.gather(sending, disconnect)


async def _send_lines(socket: WebSocket, lines: asyncio.Queue[str]) -> None:
    while True:
        try:
            line = await asyncio.wait_for(lines.get(), KEEP_ALIVE_S)
        except TimeoutError:
            line = ""
        await socket.send_text(line)


async def _wait_for_disconnect(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass  # other messages are ignored
