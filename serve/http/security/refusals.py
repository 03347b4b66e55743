"""Refusals of the security middleware, before any route is reached."""

import secrets
from http import HTTPStatus

from serve.auth.asgi_types import Scope, Send
from serve.http.problem import ProblemKind, encode_problem, find_kind_of_status
from serve.http.security.response_headers import add_security_headers

REFUSALS = (  # kinds by their status, where the middleware names the status alone
    ProblemKind.AUTHENTICATION_REQUIRED,
    ProblemKind.CROSS_SITE_REQUEST,
    ProblemKind.HOST_NOT_ALLOWED,
    ProblemKind.TOO_MANY_REQUESTS,
)
CHALLENGE = ((b"www-authenticate", b'Basic realm="Dubarr", charset="UTF-8"'),)


async def refuse(scope: Scope, send: Send, reason: ProblemKind | HTTPStatus, detail: str) -> None:
    """Refuse a request with problem details. A websocket gets an HTTP response where the server can, else a close before it opens."""
    if scope["type"] == "websocket" and "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": detail[:120]})
        return
    message = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    kind = reason if isinstance(reason, ProblemKind) else find_kind_of_status(reason, REFUSALS)
    status = kind.status if isinstance(kind, ProblemKind) else kind
    body, headers = encode_problem(kind, detail, scope["path"])
    headers += CHALLENGE if status == HTTPStatus.UNAUTHORIZED else ()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers.append((b"retry-after", b"1"))
    await add_security_headers(send, "", secrets.token_urlsafe(16))(
        {"type": f"{message}.start", "status": int(status), "headers": headers}
    )
    await send({"type": f"{message}.body", "body": b"" if scope.get("method") == "HEAD" else body})
