"""Security middleware (pure ASGI), the outermost one: host names, authentication, scopes, other sites' pages, security headers.

A request that is refused reaches no other middleware and no route.
"""

import secrets
from http import HTTPStatus
from urllib.parse import urlencode

from dashboard.script_nonce import SCRIPT_NONCE
from pipeline.errors import StoreError
from pipeline.settings import Settings
from serve.auth.asgi_types import App, Receive, Scope, Send
from serve.auth.authenticator import Authenticator, Denial
from serve.auth.login_failures import find_client_address
from serve.auth.principal import Proof, read_credentials
from serve.auth.scopes import find_required_scope, is_public, method_of
from serve.http.problem import ProblemKind
from serve.http.security.cross_site import (
    find_allowed_hosts,
    is_browser,
    is_cross_site,
    is_link_to_page,
    is_navigation,
    is_without_origin,
    parse_hostname,
)
from serve.http.security.login_paths import LOGIN_PATH, LOGIN_PATHS, SESSION_COOKIE
from serve.http.security.refusals import CHALLENGE, Refusal, refuse
from serve.http.security.response_headers import add_security_headers

DENIALS = {
    Denial.MISSING: "authentication required: user and password (API_USER, API_PASS) by Basic Auth, or an API key as X-Api-Key",
    Denial.WRONG_PASSWORD: "wrong user or password; they are API_USER and API_PASS, or in DATA_DIR/credentials",
    Denial.WRONG_KEY: "no such API key; it may have been revoked: ./dubarr keys list names those that there are",
}
BUSY = Refusal(
    HTTPStatus.TOO_MANY_REQUESTS, "too many wrong passwords from this address; wait a few seconds", ((b"retry-after", b"8"),)
)


class SecurityMiddleware:
    """Authentication, authorization and CSRF middleware over HTTP and websockets. `state.principal` of the scope: the `Principal`."""

    def __init__(self, app: App, settings: Settings, authenticator: Authenticator) -> None:
        self._app, self._authenticator = app, authenticator
        self._hosts = find_allowed_hosts(settings)
        self._cookie = SESSION_COOKIE.format(port=settings.port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if refusal := await self._find_refusal(scope, headers):
            await refuse(scope, send, refusal)
        else:
            SCRIPT_NONCE.set(nonce := secrets.token_urlsafe(16))
            await self._app(scope, receive, add_security_headers(send, headers.get("host", ""), nonce))

    async def _find_refusal(self, scope: Scope, headers: dict[str, str]) -> Refusal | None:
        given = read_credentials(scope, headers, self._cookie)  # first: it takes the key out of the query
        if self._hosts is not None and parse_hostname(headers.get("host", "")) not in self._hosts:
            # Another site's name that resolves to this machine (DNS rebinding) makes its pages same-origin with us.
            advice = "use localhost, or add the name to ALLOWED_HOSTS"
            return Refusal(ProblemKind.HOST_NOT_ALLOWED, f"this host name is not allowed; {advice}")
        if is_public(scope):
            return None
        if scope["type"] == "http" and scope["path"] in LOGIN_PATHS:
            return _find_foreign(scope, headers)
        try:
            found = await self._authenticator.authenticate(given, find_client_address(scope, headers))
        except StoreError as error:
            return Refusal(ProblemKind.STORE_UNAVAILABLE, f"the API key or session cannot be checked: {error}")
        if isinstance(found, Denial):
            return _describe_denial(found, scope, headers)
        scope.setdefault("state", {})["principal"] = found
        if (needed := find_required_scope(method_of(scope), scope["path"])) not in found.scopes:
            return Refusal(
                ProblemKind.INSUFFICIENT_SCOPE,
                f"the API key {found.name} may not do this: it needs the scope {needed}; make another one by ./dubarr keys add",
            )
        return None if found.proof is Proof.KEY else _find_foreign(scope, headers)  # no browser sends a key by itself


def _describe_denial(denial: Denial, scope: Scope, headers: dict[str, str]) -> Refusal:
    """Refuse an unauthenticated request: a browser that opens a page is led to the login page, programs get the challenge of Basic Auth.

    A browser's scripts get none: the browser would ask for the password in a dialog of its own, in the middle of a page.
    """
    if denial is Denial.BUSY:
        return BUSY
    detail = DENIALS[denial]
    if denial is Denial.MISSING and is_navigation(scope, headers):
        query = scope.get("query_string", b"").decode("latin-1")
        target = urlencode({"next": f"{scope['path']}?{query}" if query else scope["path"]})
        return Refusal(HTTPStatus.SEE_OTHER, detail, ((b"location", f"{LOGIN_PATH}?{target}".encode()),))
    wants_challenge = denial is not Denial.MISSING or not is_browser(headers)
    return Refusal(ProblemKind.AUTHENTICATION_REQUIRED, detail, CHALLENGE if wants_challenge else ())


def _find_foreign(scope: Scope, headers: dict[str, str]) -> Refusal | None:
    """Refuse a request with a browser's credentials that another site's page may have sent (CSRF)."""
    if is_link_to_page(scope, headers):
        return None
    if is_cross_site(headers):
        return Refusal(ProblemKind.CROSS_SITE_REQUEST, "cross-site request refused; use the service's own pages, or a program")
    if is_without_origin(headers):
        advice = "start from the dashboard at /, or use https or a program"
        return Refusal(
            ProblemKind.CROSS_SITE_REQUEST, f"this browser sends no Sec-Fetch-Site, Origin or Referer header; {advice}"
        )
    return None
