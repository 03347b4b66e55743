"""Cures for the Bokeh sessions of bokeh-fastapi.

Its websocket handler forgets to tell when a browser goes away: starlette hands the end over as a message, the handler
waits for an exception, and the session stays for ever (measured with 0.1.8).
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

Connect = Callable[[Any, Any], Awaitable[None]]


def patch_session_leak() -> None:
    """Make every closed websocket let go of its session, so that the cleanup can take it. Idempotent."""
    from bokeh_fastapi.handler import WSHandler

    if not hasattr(WSHandler.ws_connect, "__wrapped__"):
        WSHandler.ws_connect = _releasing_session(WSHandler.ws_connect)


def _releasing_session(connect: Connect) -> Connect:
    @functools.wraps(connect)
    async def ws_connect(self: Any, websocket: Any) -> None:
        try:
            await connect(self, websocket)
        finally:
            if self.connection is not None:  # None where the browser left before the session was open
                self.application.client_lost(self.connection)

    return ws_connect
