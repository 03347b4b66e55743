"""Requests from other sites' pages (CSRF), and from other names of this machine (DNS rebinding).

Browsers send stored Basic credentials and cookies with every request, also with cross-site ones: links, forms, images. So every
request but a link to the dashboard must come from the service's own pages, from the address bar, or from a program.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pipeline.settings import Settings
from serve.auth.asgi_types import Scope
from serve.http.security.login_paths import LOGIN_PATH

LINKED_PATHS = frozenset({"/", LOGIN_PATH})  # the only paths that other sites may link to: they are read-only
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARD_ADDRESSES = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 -- compared, not bound
DEFAULT_PORTS = {"http": 80, "https": 443}


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
    return _looks_like_browser(headers)


def is_browser(headers: Mapping[str, str]) -> bool:
    """Return True for a browser's request."""
    return "sec-fetch-mode" in headers or _looks_like_browser(headers)


def is_navigation(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Return True where a browser's window opens a page."""
    is_page = scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", "")
    return is_page and headers.get("sec-fetch-dest", "document") == "document"


def is_link_to_page(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Return True for a top-level navigation to the dashboard or the login page, which no frame shows and no script reads."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in LINKED_PATHS or "origin" in headers:
        return False
    return headers.get("sec-fetch-dest", "document") == "document" and headers.get("sec-fetch-mode", "navigate") == "navigate"


def _looks_like_browser(headers: Mapping[str, str]) -> bool:
    return "accept-language" in headers and headers.get("user-agent", "").startswith("Mozilla/")


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


def parse_hostname(host: str) -> str:
    """Parse the name in a Host header, in lower case; "" where there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
