"""Encoder of one request: its calls block the request's thread, and are cancelled when the client disconnects."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from serve.auth.asgi_types import Receive
from serve.media.encoder import Encoder
from serve.request_errors import BadRequest

T = TypeVar("T")
Work = Callable[[Encoder], Coroutine[Any, Any, T]]


@dataclass(frozen=True, slots=True)
class RequestEncoder:
    """Encoder for a route that runs in a thread. `loop`: the application's. `receive`: of the request; None: the work is for others too,
    or the response itself watches for the disconnect.
    """

    encoder: Encoder
    loop: asyncio.AbstractEventLoop
    receive: Receive | None = None

    def run(self, work: Work[T]) -> T:
        """Run work on the encoder and return its result. BadRequest where the client disconnects before."""
        call = work(self.encoder)
        if self.receive is not None:
            call = run_while_connected(call, self.receive)
        return asyncio.run_coroutine_threadsafe(call, self.loop).result()

    def detach(self) -> "RequestEncoder":
        """The encoder for work that goes on when the client has disconnected."""
        return RequestEncoder(self.encoder, self.loop)


async def run_while_connected(work: Awaitable[T], receive: Receive) -> T:
    """Run work until its end or the client's disconnect, which cancels it. BadRequest in that case."""
    working, leaving = asyncio.ensure_future(work), asyncio.create_task(wait_for_disconnect(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait({working, leaving})
    if working.cancelled():
        raise BadRequest("the client closed the connection before the answer was there")
    return working.result()


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass
