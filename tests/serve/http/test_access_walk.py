"""Every route, of OpenAPI and beside it: 401 without credentials, 403 with a key of too small a scope, and nothing behind it runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from in_process_service import AUTH, Served, served
from starlette.routing import BaseRoute
from starlette.testclient import WebSocketDenialResponse

from dashboard.app import mount_dashboard
from pipeline.values.access.api_key import GRANTS, KeyScope, digest_secret, make_secret
from serve.auth.scopes import PUBLIC_ROUTES, ROUTE_SCOPES, WEBSOCKET, find_required_scope, method_of
from serve.http.security.login_paths import LOGIN_PATHS
from serve.http.security.middleware import SecurityMiddleware
from tests.support.dashboard import StoreService

# Routes of Bokeh and Panel below the mounts, which no list of routes names.
MOUNTED = {
    "/assets": "/assets/main.js",
    "/static": "/static/js/bokeh.min.js",
    "/static/extensions/panel": "/static/extensions/panel/panel.js",
}
THROUGH = 204


@dataclass
class Walked:
    """The service with its dashboard; `reached`: requests that came through the gate, to the middleware and routes behind it."""

    service: Served
    routes: tuple[tuple[str, str], ...]
    secrets: dict[KeyScope, str]
    reached: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, headers: dict[str, str]) -> int:
        if method != WEBSOCKET:
            return self.service.client.request(method, path, headers=headers).status_code
        with (
            pytest.raises(WebSocketDenialResponse) as refused,
            self.service.client.websocket_connect(f"ws://localhost:8000{path}", headers=headers),
        ):
            pass
        return refused.value.status_code


def list_routes(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Method and path of each route, with 1 for each parameter."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from list_routes(inner.routes)
        elif (path := getattr(route, "path", None)) in MOUNTED:
            yield "GET", MOUNTED[path]
        else:
            assert path is not None, route
            yield from ((method, path) for method in sorted(getattr(route, "methods", None) or {WEBSOCKET}))


def fill(path: str) -> str:
    import re

    return re.sub(r"\{[^}]*\}", "1", path)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    with served(tmp_path_factory.mktemp("walk")) as service:
        app: Any = service.client.app
        mount_dashboard(app, StoreService(service.store))
        described = {
            (method.upper(), path)
            for path, methods in app.openapi()["paths"].items()
            for method in methods
            if method != "parameters"
        }
        routes = tuple(sorted({*list_routes(app.routes), *described}))
        secrets = {scope: make_secret() for scope in KeyScope}
        for scope, secret in secrets.items():
            service.store.keys.add_key(scope.value, scope, digest_secret(secret))
        walk = Walked(service, routes, secrets)
        security = app.middleware_stack
        while not isinstance(security, SecurityMiddleware):  # FastAPI's own middleware is before it
            security = security.app

        async def record(scope: Any, receive: Any, send: Any) -> None:
            """All that lies behind the gate: it is recorded, and nothing else happens."""
            walk.reached.append(f"{method_of(scope)} {scope['path']}")
            kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
            await send({"type": f"{kind}.start", "status": THROUGH, "headers": []})
            await send({"type": f"{kind}.body", "body": b""})

        security._app = record
        service.client.auth = None
        yield walk


def is_open(method: str, path: str) -> bool:
    return f"GET {path}" in PUBLIC_ROUTES or path in LOGIN_PATHS


def test_the_walk_sees_everything_that_there_is(walked: Walked) -> None:
    assert len(walked.routes) > 75
    for known in (
        ("GET", "/"),
        ("POST", "/webhook"),
        (WEBSOCKET, "/ws"),
        (WEBSOCKET, "/ws/logs"),
        ("GET", "/figures/{name}"),
        ("GET", "/openapi.json"),
    ):
        assert known in walked.routes
    assert walked.ask("GET", "/health", {}) == THROUGH
    assert walked.reached == ["GET /health"], "the recorder lies behind the gate"


def test_without_credentials_every_route_is_401_and_nothing_runs(walked: Walked) -> None:
    walked.reached.clear()
    asked = {route: walked.ask(route[0], fill(route[1]), {}) for route in walked.routes if not is_open(*route)}
    assert {route: status for route, status in asked.items() if status != 401} == {}
    assert walked.reached == []


@pytest.mark.parametrize("held", list(KeyScope))
def test_with_a_key_of_too_small_a_scope_every_route_is_403_and_nothing_runs(walked: Walked, held: KeyScope) -> None:
    walked.reached.clear()
    beyond = [
        route
        for route in walked.routes
        if not is_open(*route) and find_required_scope(route[0], fill(route[1])) not in GRANTS[held]
    ]
    asked = {route: walked.ask(route[0], fill(route[1]), {"X-Api-Key": walked.secrets[held]}) for route in beyond}
    assert {route: status for route, status in asked.items() if status != 403} == {}
    assert walked.reached == []
    assert (len(beyond) == 0) == (held is KeyScope.ADMIN)


def test_the_smallest_key_that_a_route_allows_comes_through_the_gate(walked: Walked) -> None:
    walked.reached.clear()
    for method, path in walked.routes:
        if not is_open(method, path):
            scope = find_required_scope(method, fill(path))
            assert walked.ask(method, fill(path), {"X-Api-Key": walked.secrets[scope]}) == THROUGH, path
            assert walked.reached[-1:] == [f"{method} {fill(path)}"]


def test_every_route_stands_in_the_table_of_scopes(walked: Walked) -> None:
    """A route that is missing needs the scope admin: safe, and of no use to those who have another key."""
    named = {route for routes in ROUTE_SCOPES.values() for route in routes} | PUBLIC_ROUTES
    mounts = {
        asset: f"{prefix}/{{path:path}}"
        for asset, prefix in zip(MOUNTED.values(), ("/assets", "/static", "/static"), strict=True)
    }
    missing = set()
    for method, path in walked.routes:
        known = {f"{each} {mounts.get(path, path)}" for each in (method, "GET" if method == "HEAD" else method)}
        if path not in LOGIN_PATHS and not known & named:
            missing.add(f"{method} {path}")
    assert not missing, "serve/auth/scopes.py says the scope of each route"


def test_the_password_has_every_scope(walked: Walked) -> None:
    assert walked.service.client.get("/api/keys", auth=AUTH).status_code == THROUGH
