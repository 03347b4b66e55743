"""Scopes of the routes, in one table: the scope that an API key needs for each. A route that is not in it needs `admin`."""

import re
from functools import lru_cache

from pipeline.values.access.api_key import KeyScope
from serve.auth.asgi_types import Scope

WEBSOCKET = "WS"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # methods that change nothing
PUBLIC_ROUTES = frozenset({"GET /health", "GET /livez", "GET /readyz"})  # for everybody: probes

# Method and path of each route. HEAD counts as GET where it is not named.
ROUTE_SCOPES: dict[KeyScope, tuple[str, ...]] = {
    KeyScope.WEBHOOK: ("POST /webhook",),
    KeyScope.METRICS: ("GET /metrics",),
    KeyScope.READ: (
        "GET /",
        "GET /openapi.json",
        "GET /favicon.ico",
        "GET /docs",
        "GET /docs/{asset}",
        "GET /problems/{name}",
        "GET /assets/{path:path}",
        "GET /static/{path:path}",
        "GET /components/{path:path}",
        "GET /figures/{name}",
        "WS /ws/logs",
        "GET /download/{task_id}",
        "GET /api/tasks",
        "GET /api/tasks/ids",
        "GET /api/tasks/{task_id}",
        "GET /api/tasks/{task_id}/stages",
        "GET /api/tasks/{task_id}/lines",
        "GET /api/tasks/{task_id}/report",
        "GET /api/tasks/{task_id}/report.html",
        "GET /api/tasks/{task_id}/speakers",
        "GET /api/tasks/{task_id}/script",
        "GET /api/tasks/{task_id}/lines/{number}/takes",
        "GET /api/tasks/{task_id}/takes/{take_id}/audio",
        "GET /api/tasks/{task_id}/speakers/{label}/audition",
        "GET /api/tasks/{task_id}/reviews",
        "GET /api/tasks/{task_id}/exports/{part}",
        "GET /api/tasks/{task_id}/clips",
        "GET /api/tasks/{task_id}/listening-test",
        "GET /api/tasks/{task_id}/tables/{table}",
        "GET /api/tasks/{task_id}/timeline",
        "GET /api/tasks/{task_id}/glossary",
        "GET /api/tasks/{task_id}/tracks",
        "GET /api/tasks/{task_id}/watch",
        "GET /api/tasks/{task_id}/waveform",
        "GET /api/tasks/{task_id}/lines/{number}/source",
        "GET /api/tasks/{task_id}/lines/{number}/take",
        "GET /api/tasks/{task_id}/speakers/{label}/clip",
        "GET /api/tasks/{task_id}/subtitles/{language}",
        "GET /api/glossary",
        "GET /api/library",
        "GET /api/library/coverage",
        "GET /api/languages",
        "GET /api/rules",
        "GET /api/rules/choices",
        "POST /api/rules/try",
        "GET /api/system",
        "GET /api/events",
    ),
    KeyScope.WRITE: (
        "WS /ws",  # the dashboard's channel, which retries, cancels, purges and deletes
        "POST /upload",
        "OPTIONS /api/uploads",
        "POST /api/uploads",
        "HEAD /api/uploads/{upload_id}",
        "PATCH /api/uploads/{upload_id}",
        "DELETE /api/uploads/{upload_id}",
        "POST /api/uploads/{upload_id}",  # with X-HTTP-Method-Override
        "POST /retry/{task_id}",
        "POST /whole/{task_id}",
        "POST /cancel/{task_id}",
        "POST /purge/{task_id}",
        "POST /delete/{task_id}",
        "POST /api/tasks",
        "POST /api/tasks/bulk",
        "PATCH /api/tasks/{task_id}",
        "PATCH /api/tasks/{task_id}/lines",
        "PATCH /api/tasks/{task_id}/lines/{number}",
        "PATCH /api/tasks/{task_id}/speakers/{label}",
        "POST /api/tasks/{task_id}/script",
        "POST /api/tasks/{task_id}/estimate",
        "POST /api/tasks/{task_id}/lines/{number}/takes",
        "PUT /api/tasks/{task_id}/reviews",
        "PUT /api/glossary",
        "POST /api/library/scan",
        "POST /api/library/dub",
    ),
    KeyScope.ADMIN: (
        "POST /api/query",
        "GET /api/settings",
        "PATCH /api/settings",
        "POST /api/settings/test-connection",
        "POST /api/settings/test-notification",
        "GET /api/settings/redeploy",
        "POST /api/settings/redeploy",
        "POST /api/settings/dismiss-setup",
        "PUT /api/rules",
        "GET /api/backups",
        "POST /api/backups",
        "GET /api/keys",
        "POST /api/keys",
        "DELETE /api/keys/{name}",
    ),
}


def find_required_scope(method: str, path: str) -> KeyScope:
    """Find the scope that a request needs."""
    return _match(method, path) or (_match("GET", path) if method == "HEAD" else None) or KeyScope.ADMIN


def is_public(scope: Scope) -> bool:
    """Return True for a route that everybody may ask."""
    return scope["type"] == "http" and scope["method"] in SAFE_METHODS and f"GET {scope['path']}" in PUBLIC_ROUTES


def method_of(scope: Scope) -> str:
    """Method of a request, as the table names it."""
    return WEBSOCKET if scope["type"] == "websocket" else str(scope["method"])


def _match(method: str, path: str) -> KeyScope | None:
    asked = f"{method} {path}"
    return next((scope for pattern, scope in _compile_routes() if pattern.fullmatch(asked)), None)


@lru_cache(maxsize=1)
def _compile_routes() -> tuple[tuple[re.Pattern[str], KeyScope], ...]:
    """Patterns of the routes; those with fewer parameters come first, so that /api/tasks/ids is no task."""
    routes = sorted(((route, scope) for scope, own in ROUTE_SCOPES.items() for route in own), key=lambda each: each[0].count("{"))
    return tuple((re.compile(_to_pattern(route), re.DOTALL), scope) for route, scope in routes)


def _to_pattern(route: str) -> str:
    parts = re.split(r"(\{[^}]*\})", route)
    return "".join((".*" if ":path" in part else "[^/]+") if part.startswith("{") else re.escape(part) for part in parts)
