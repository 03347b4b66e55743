"""Metrics of HTTP requests as ASGI middleware, the outermost: count by method, route template and status; time to the headers."""

import time

from serve.auth.asgi_types import App, Message, Receive, Scope, Send
from serve.metrics.process_metrics import REQUEST_SECONDS, REQUESTS

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"  # methods and routes that are not ours: their number has no bound
NO_ANSWER = "none"  # status of a request whose client left before the response


class RequestMetrics:
    """Metrics middleware."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, seconds = time.perf_counter(), NO_ANSWER, None

        async def observe(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = str(message["status"]), time.perf_counter() - began
            await send(message)

        try:
            await self.app(scope, receive, observe)
        finally:
            method = scope["method"] if scope["method"] in METHODS else OTHER
            route = getattr(scope.get("route"), "path", None) or OTHER
            REQUESTS.labels(method, route, status).inc()
            if seconds is not None:
                REQUEST_SECONDS.labels(method, route).observe(seconds)
