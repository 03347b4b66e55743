"""Who may ask the language model: a key of the service's own, by `Authorization: Bearer`. Pure ASGI.

The model answers on the service's port, so that whoever reaches the one reaches the other. The key is made once, kept in
a file that only we can read, and told to the translator; what stands before the model knows no more than its digest.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from json import dumps
from typing import Any

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve.auth import credentials

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

KEY_BYTES = 32  # 43 characters, 256 bits: nobody guesses it, so wrong ones need no penalty
SHORTEST = 32  # characters of a key that a person put there instead
ADVICE = "give the key in DATA_DIR/llm.key as Authorization: Bearer"


def key(settings: Settings) -> str:
    """The key in DATA_DIR/llm.key, 0600, made where there is none. SettingsError where the file holds too little."""
    path = settings.data_dir / "llm.key"
    if not path.exists():
        credentials.stored_once(path, f"{secrets.token_urlsafe(KEY_BYTES)}\n")
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    text = path.read_text(encoding="utf-8").strip()
    if len(text) < SHORTEST or not text.isascii():
        raise SettingsError(
            "DATA_DIR", str(settings.data_dir), f"{path} holds no key of {SHORTEST} ASCII characters or more; remove it"
        )
    return text


def digest(text: str) -> str:
    """What is enough to know a key by: its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class Bearer:
    """The middleware before the language model, over HTTP and websockets: 401 to whoever does not give the key."""

    def __init__(self, app: App, *, known: str) -> None:
        """`known`: the key's `digest`."""
        self._app = app
        self._known = bytes.fromhex(known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or self._is_known(scope):
            await self._app(scope, receive, send)
        else:
            await _refuse(scope, send)

    def _is_known(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        scheme, _, offered = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")  # two: they may be read in two ways
        # Digests have one length and tell nothing of the key, so that neither shows in how long this takes.
        return hmac.compare_digest(hashlib.sha256(offered.strip()).digest(), self._known) and scheme.lower() == b"bearer"


async def _refuse(scope: Scope, send: Send) -> None:
    """Answer 401 as OpenAI's servers word it. A websocket gets that where the server can, else it never opens."""
    if scope["type"] == "websocket" and "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": ADVICE})
        return
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    body = dumps(
        {"error": {"message": ADVICE, "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}}
    ).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"www-authenticate", b'Bearer realm="Dubarr"'),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": f"{kind}.start", "status": 401, "headers": headers})
    await send({"type": f"{kind}.body", "body": b"" if scope.get("method") == "HEAD" else body})
