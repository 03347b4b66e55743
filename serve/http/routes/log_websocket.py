"""`WS /ws/logs`: the log, a text frame per line; an empty one every 20 s says that we are still here."""

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from serve.status.log_tail import LogTail

PING = 20.0  # s


async def send_log(socket: WebSocket, log_tail: LogTail) -> None:
    """Send the last lines, then each new one, until the other side goes."""
    await socket.accept()
    async with log_tail.listen() as lines:
        sending = asyncio.create_task(_send(socket, lines))
        gone = asyncio.create_task(_until_gone(socket))
        # A sender alone would not notice that nobody is there before the next line.
        _, pending = await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):  # RuntimeError: sent after the close
            await asyncio.gather(sending, gone)


async def _send(socket: WebSocket, lines: asyncio.Queue[str]) -> None:
    while True:
        try:
            line = await asyncio.wait_for(lines.get(), PING)
        except TimeoutError:
            line = ""
        await socket.send_text(line)


async def _until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass  # whatever they say
