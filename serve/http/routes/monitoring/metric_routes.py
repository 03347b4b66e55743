"""Metrics for Prometheus, `GET /metrics`: in its text format, or as OpenMetrics where the Accept header asks for that."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Header, Request, Response
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from serve.http.dependencies import Context
from serve.metrics.process_metrics import read_samples
from serve.metrics.process_sums import Samples
from serve.status.service_metrics import ServiceMetrics
from serve.store.metrics_reporter import PROCESS
from serve.store.remote_store import RemoteStore

OPENMETRICS = "application/openmetrics-text"
SCRAPES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The metrics, in the format that the Accept header asks for.",
        "content": {kind: {"schema": {"type": "string"}} for kind in ("text/plain", OPENMETRICS)},
    }
}

router = APIRouter(tags=["service"])


class Scrapes:
    """Scrapes of the metrics, one at a time and in a thread of its own."""

    def __init__(self, context: Context) -> None:
        store = context.store
        self._metrics: Collector = ServiceMetrics(
            store.totals.read_totals, context.system.measure_resources, _connect_sums(context), context.live
        )
        self._threads = CapacityLimiter(1)

    async def render(self, accept: str) -> Response:
        """Render the metrics of now."""
        encode, content_type = choose_encoder(accept)
        content = await to_thread.run_sync(partial(encode, self._metrics), limiter=self._threads)
        return Response(content, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def _connect_sums(context: Context) -> Callable[[], Samples]:
    """Sums over all processes: from the store actor, or this process's own where the store is in it."""
    store = context.store
    return (lambda: store.sum_metrics(PROCESS, read_samples())) if isinstance(store, RemoteStore) else read_samples


@router.get("/metrics", response_class=Response, responses=SCRAPES)
async def get_metrics(request: Request, accept: Annotated[str, Header()] = "") -> Response:
    """Metrics for Prometheus: of the queue, films, stages, engines, cache, disks, store and HTTP requests. One scrape of any replica tells all."""
    scrapes: Scrapes = request.app.state.scrapes
    return await scrapes.render(accept)
