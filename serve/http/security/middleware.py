"""Security middleware (pure ASGI), the outermost one: host names, authentication, other sites' pages, security headers."""

import asyncio
import base64
import binascii
import hmac
import secrets
from http import HTTPStatus

from dashboard.script_nonce import SCRIPT_NONCE
from pipeline.settings import Settings
from serve.auth.asgi_types import App, Receive, Scope, Send
from serve.auth.credentials import Credentials
from serve.auth.login_failures import LoginFailures, find_client_address
from serve.http.security.cross_site import find_allowed_hosts, is_cross_site, is_link_to_page, is_without_origin, parse_hostname
from serve.http.security.refusals import refuse
from serve.http.security.response_headers import add_security_headers

PUBLIC_PATHS = frozenset({"/health", "/livez", "/readyz"})  # paths without a password
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # methods that change nothing
FAILED_LOGIN_DELAY_S = 0.5  # before a wrong password is answered
MAX_DELAYED_LOGINS = 8  # at a time, which bounds guessing to 16 passwords a second over all attackers


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
            await refuse(scope, send, *refusal)
        else:
            SCRIPT_NONCE.set(nonce := secrets.token_urlsafe(16))
            await self._app(scope, receive, add_security_headers(send, headers.get("host", ""), nonce))

    async def _find_refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[HTTPStatus, str] | None:
        if self._hosts is not None and parse_hostname(headers.get("host", "")) not in self._hosts:
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
