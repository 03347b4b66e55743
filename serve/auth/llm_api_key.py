"""API key of the language model: Bearer authentication (pure ASGI).

The model answers on the service's port. The key is generated once, stored in a file with mode 0600 and given to the
translator; the middleware before the model knows only its SHA-256 digest.
"""

import hashlib
import hmac
import secrets
from json import dumps

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve.auth import credentials
from serve.auth.asgi_types import App, Receive, Scope, Send

KEY_BYTES = 32  # 43 characters, 256 bits: it cannot be guessed, so wrong ones need no penalty
MIN_KEY_CHARS = 32  # characters of a key that a person put there instead
UNAUTHORIZED_MESSAGE = "give the key in DATA_DIR/llm.key as Authorization: Bearer"


def load_llm_api_key(settings: Settings) -> str:
    """Load the key in DATA_DIR/llm.key (0600), generated where there is none. SettingsError where it is too short."""
    path = settings.data_dir / "llm.key"
    if not path.exists():
        credentials.write_once(path, f"{secrets.token_urlsafe(KEY_BYTES)}\n")
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    text = path.read_text(encoding="utf-8").strip()
    if len(text) < MIN_KEY_CHARS or not text.isascii():
        raise SettingsError(
            "DATA_DIR", str(settings.data_dir), f"{path} holds no key of {MIN_KEY_CHARS} ASCII characters or more; remove it"
        )
    return text


def digest_key(text: str) -> str:
    """SHA-256 digest of a key, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


class BearerAuth:
    """Bearer authentication middleware of the language model, over HTTP and websockets: 401 without the key."""

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
        # Digests have one length and reveal nothing of the key, so that the comparison's time shows neither.
        return hmac.compare_digest(hashlib.sha256(offered.strip()).digest(), self._known) and scheme.lower() == b"bearer"


async def _refuse(scope: Scope, send: Send) -> None:
    """Respond 401 in the format of OpenAI's API. A websocket gets that where the server can, else it never opens."""
    if scope["type"] == "websocket" and "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": UNAUTHORIZED_MESSAGE})
        return
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    body = dumps(
        {"error": {"message": UNAUTHORIZED_MESSAGE, "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}}
    ).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"www-authenticate", b'Bearer realm="Dubarr"'),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": f"{kind}.start", "status": 401, "headers": headers})
    await send({"type": f"{kind}.body", "body": b"" if scope.get("method") == "HEAD" else body})
