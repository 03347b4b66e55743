"""Security middleware (pure ASGI): Basic Auth, CSRF protection, DNS-rebinding protection, security headers.

Browsers send stored Basic credentials with every request, also with cross-site ones: links, forms, images. So every
request but a link to the dashboard must come from the service's own pages, from the address bar, or from a program.
"""

import asyncio
import base64
import binascii
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from dashboard.script_nonce import SCRIPT_NONCE
from pipeline.settings import Settings
from serve.auth.credentials import Credentials
from serve.auth.login_failures import LoginFailures, find_client_address

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PUBLIC_PATHS = frozenset({"/health"})  # paths without a password
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # methods that change nothing
DASHBOARD_PATH = "/"  # the only path that other sites may link to: it is read-only
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARD_ADDRESSES = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 -- compared, not bound
FAILED_LOGIN_DELAY_S = 0.5  # before a wrong password is answered
MAX_DELAYED_LOGINS = 8  # at a time, which bounds guessing to 16 passwords a second over all attackers
DEFAULT_PORTS = {"http": 80, "https": 443}

# Inline scripts have the answer's nonce (`dashboard.script_nonce`). Bokeh compiles callbacks (`new Function`), Panel wraps its components in
# blob: scripts. Nothing comes from elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "connect-src 'self'{sockets}; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
CHALLENGE = ((b"www-authenticate", b'Basic realm="Dubarr", charset="UTF-8"'),)


class SecurityMiddleware:
    """Authentication and CSRF middleware, the outermost one, over HTTP and websockets."""

    def __init__(self, app: App, settings: Settings, credentials: Credentials) -> None:
        self._app = app
        self._hosts = find_allowed_hosts(settings)
        self._expected = f"{credentials.user}:{credentials.password}".encode()
        self._penalties = 0
        self._failures = LoginFailures()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if refusal := await self._find_refusal(scope, headers):
            await _refuse(scope, send, *refusal)
        else:
            SCRIPT_NONCE.set(nonce := secrets.token_urlsafe(16))
            await self._app(scope, receive, _with_security_headers(send, headers.get("host", ""), nonce))

    async def _find_refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[HTTPStatus, str] | None:
        if self._hosts is not None and _parse_hostname(headers.get("host", "")) not in self._hosts:
            # Another site's name that resolves to this machine (DNS rebinding) makes its pages same-origin with us.
            advice = "use localhost, or add the name to ALLOWED_HOSTS"
            return HTTPStatus.MISDIRECTED_REQUEST, f"this host name is not allowed; {advice}"
        if scope["type"] == "http" and scope["path"] in PUBLIC_PATHS and scope["method"] in SAFE_METHODS:
            return None
        if not self._is_authorized(headers.get("authorization")):
            if "authorization" in headers:
                self._failures.record(find_client_address(scope, headers))
            return await self._refuse_login(given="authorization" in headers)
        if is_cross_site(headers) and not is_link_to_page(scope, headers):
            return HTTPStatus.FORBIDDEN, "cross-site request refused; use the service's own pages, or a program"
        if is_without_origin(headers) and not is_link_to_page(scope, headers):
            advice = "start from the dashboard at /, or use https or a program"
            return HTTPStatus.FORBIDDEN, f"this browser sends no Sec-Fetch-Site, Origin or Referer header; {advice}"
        return None

    def _is_authorized(self, authorization: str | None) -> bool:
        scheme, _, encoded = (authorization or "").partition(" ")
        try:
            given = base64.b64decode(encoded.strip(), validate=True) if scheme.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            given = b""
        return hmac.compare_digest(given, self._expected)

    async def _refuse_login(self, *, given: bool) -> tuple[HTTPStatus, str]:
        if not given:  # the first request of every browser
            return HTTPStatus.UNAUTHORIZED, "authentication required: user and password (API_USER, API_PASS) by Basic Auth"
        if self._penalties >= MAX_DELAYED_LOGINS:
            return HTTPStatus.TOO_MANY_REQUESTS, "too many wrong passwords at once; wait a second"
        self._penalties += 1
        try:
            await asyncio.sleep(FAILED_LOGIN_DELAY_S)
        finally:
            self._penalties -= 1
        return HTTPStatus.UNAUTHORIZED, "wrong user or password; they are API_USER and API_PASS, or in DATA_DIR/credentials"


def find_allowed_hosts(settings: Settings) -> frozenset[str] | None:
    """Find the allowed Host headers; None (any) where the service listens on other interfaces than loopback."""
    if settings.host in WILDCARD_ADDRESSES or settings.host not in LOOPBACK:
        return None
    return LOOPBACK | {settings.host} | {name.lower() for name in settings.allowed_hosts}


def is_cross_site(headers: Mapping[str, str]) -> bool:
    """Return True for a cross-site request, by Sec-Fetch-Site, Origin or Referer. Programs send none of them, and pass."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    if origin is not None:
        return not _is_same_origin(origin, headers)
    referer = headers.get("referer")
    return site is None and bool(referer) and not _is_same_origin(str(referer), headers)


def is_without_origin(headers: Mapping[str, str]) -> bool:
    """Return True for a browser's request without Sec-Fetch-Site, Origin and Referer.

    Without TLS, browsers send Sec-Fetch-Site to localhost only, and a page can have its Referer left out. Every browser sends
    Accept-Language and calls itself Mozilla, which no page can prevent; programs do not send both.
    """
    if any(headers.get(name) for name in ("sec-fetch-site", "origin", "referer")):
        return False
    return "accept-language" in headers and headers.get("user-agent", "").startswith("Mozilla/")


def is_link_to_page(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Return True for a top-level navigation to the dashboard, which no frame shows and no script reads."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != DASHBOARD_PATH or "origin" in headers:
        return False
    return headers.get("sec-fetch-dest", "document") == "document" and headers.get("sec-fetch-mode", "navigate") == "navigate"


def _is_same_origin(url: str, headers: Mapping[str, str]) -> bool:
    """Return True where a URL has the origin that the request was sent to."""
    origin, host = _parse_authority(url), _parse_authority(f"{url.partition(':')[0]}://{headers.get('host', '')}")
    return origin is not None and origin == host


def _parse_authority(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        return (parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)) if parts.hostname else None  # "null" has none
    except ValueError:  # a port that is no number
        return None


def _parse_hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _with_security_headers(send: Send, host: str, nonce: str) -> Send:
    """Wrap `send`: adds the security headers to the response, except those that the app set itself."""
    # Safari before 15.4 does not count websockets to the same host as 'self'.
    sockets = f" ws://{host} wss://{host}" if host.replace(".", "").replace("-", "").replace(":", "").isalnum() else ""
    policy = (b"content-security-policy", CONTENT_SECURITY_POLICY.format(sockets=sockets, nonce=nonce).encode("latin-1"))

    async def send_with_headers(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            own = list(message.get("headers", ()))
            names = {name.lower() for name, _ in own}
            message = {**message, "headers": own + [header for header in (policy, *SECURITY_HEADERS) if header[0] not in names]}
        await send(message)

    return send_with_headers


async def _refuse(scope: Scope, send: Send, status: HTTPStatus, detail: str) -> None:
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
    await _with_security_headers(send, "", secrets.token_urlsafe(16))(
        {"type": f"{kind}.start", "status": int(status), "headers": headers}
    )
    await send({"type": f"{kind}.body", "body": b"" if scope.get("method") == "HEAD" else body})
