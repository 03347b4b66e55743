"""Refusals of the security middleware, before any route is reached."""

import secrets
from http import HTTPStatus

from serve.auth.asgi_types import Scope, Send
from serve.http.security.response_headers import add_security_headers

CHALLENGE = ((b"www-authenticate", b'Basic realm="Dubarr", charset="UTF-8"'),)


async def refuse(scope: Scope, send: Send, status: HTTPStatus, detail: str) -> None:
    """Refuse a request with a JSON error. A websocket gets an HTTP response where the server can, else a close before it opens."""
    if scope["type"] == "websocket" and "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": detail[:120]})
        return
    from json import dumps

    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    headers = [(b"content-type", b"application/json"), *(CHALLENGE if status == HTTPStatus.UNAUTHORIZED else ())]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers.append((b"retry-after", b"1"))
    body = dumps({"detail": detail}).encode()
    headers.append((b"content-length", str(len(body)).encode()))
    await add_security_headers(send, "", secrets.token_urlsafe(16))(
        {"type": f"{kind}.start", "status": int(status), "headers": headers}
    )
    await send({"type": f"{kind}.body", "body": b"" if scope.get("method") == "HEAD" else body})
