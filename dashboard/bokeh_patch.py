"""Patch of a session leak in bokeh-fastapi 0.1.

Its websocket handler misses the disconnect: starlette delivers it as a message, the handler waits for an exception, and the
session is never released (measured with 0.1.8).
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

Connect = Callable[[Any, Any], Awaitable[None]]


def patch_session_leak() -> None:
    """Make every closed websocket release its session, so that the cleanup can remove it. Idempotent."""
    from bokeh_fastapi.handler import WSHandler

    if not hasattr(WSHandler.ws_connect, "__wrapped__"):
        WSHandler.ws_connect = _wrap_to_release_session(WSHandler.ws_connect)


def _wrap_to_release_session(connect: Connect) -> Connect:
    @functools.wraps(connect)
    async def ws_connect(self: Any, websocket: Any) -> None:
        try:
            await connect(self, websocket)
        finally:
            if self.connection is not None:  # None where the browser left before the session was open
                self.application.client_lost(self.connection)

    return ws_connect
