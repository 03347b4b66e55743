"""Refusals of the security middleware, before any route is reached."""

import secrets
from dataclasses import dataclass
from http import HTTPStatus

from serve.auth.asgi_types import Scope, Send
from serve.http.problem import ProblemKind, encode_problem
from serve.http.security.response_headers import add_security_headers

Headers = tuple[tuple[bytes, bytes], ...]
CHALLENGE: Headers = ((b"www-authenticate", b'Basic realm="Dubarr", charset="UTF-8"'),)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answer to a request that is refused: the kind of its problem, or a status, a sentence, and headers of its own."""

    kind: ProblemKind | HTTPStatus
    detail: str
    headers: Headers = ()

    @property
    def status(self) -> int:
        """Status of the answer."""
        return self.kind.status if isinstance(self.kind, ProblemKind) else self.kind


async def refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    """Refuse a request with problem details. A websocket gets an HTTP response where the server can, else a close before it opens."""
    if scope["type"] == "websocket" and "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.detail[:120]})
        return
    message = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    body, headers = encode_problem(refusal.kind, refusal.detail, scope["path"])
    await add_security_headers(send, "", secrets.token_urlsafe(16))(
        {"type": f"{message}.start", "status": int(refusal.status), "headers": [*headers, *refusal.headers]}
    )
    await send({"type": f"{message}.body", "body": b"" if scope.get("method") == "HEAD" else body})
