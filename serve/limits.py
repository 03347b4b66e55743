"""A limit on request bodies, so that nobody fills the memory with one."""

from serve.security import App, Message, Receive, Scope, Send

LARGEST_BODY = 1 << 20  # bytes; Sonarr's payload for a season of 30 files is 60 kB


class BodyLimit:
    """Refuses bodies over the limit with 413, on every path but those that stream theirs."""

    def __init__(self, app: App, unlimited: frozenset[str]) -> None:
        self._app, self._unlimited = app, unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._unlimited:
            await self._app(scope, receive, send)
            return
        from starlette.exceptions import HTTPException  # the frameworks pass it on from the middle of a body

        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:
                raise HTTPException(413, f"the body is larger than {LARGEST_BODY} bytes; send films to /upload")
            return message

        await self._app(scope, counted, send)
