"""Probes for Kubernetes, load balancers and container health checks, without authentication: `/livez`, `/readyz` and `/health`.

A liveness probe asks nothing but this process, so that a slow store never restarts the service. A readiness probe names each
check that fails.
"""

from http import HTTPStatus
from typing import Any, Literal, Self

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from serve.http.dependencies import Context
from serve.http.schemas import HealthOut
from serve.status.readiness import CheckResult, ReadinessCheck
from serve.status.ttl_cache import AsyncTtlCache

READINESS_TTL_S = 1.0  # of the answer in this process: /readyz is public, and must load neither store nor disk
HEALTH_THREADS = 2
HEALTH_TTL_S = 0.25  # of the response in this process: /health is public, and must not load the store
NOT_CACHED = {"Cache-Control": "no-store"}

router = APIRouter(tags=["service"])


class LivenessOut(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class CheckOut(BaseModel):
    """Result of one readiness check. `reason`: why it failed; null where it succeeded."""

    ok: bool
    reason: str | None


class ReadinessOut(BaseModel):
    """Readiness of the service, with the result of each check: `store`, `worker`, `disk`."""

    status: Literal["ready", "not ready"]
    checks: dict[str, CheckOut]

    @classmethod
    def of(cls, results: tuple[CheckResult, ...]) -> Self:
        """Convert from the results."""
        checks = {each.name: CheckOut(ok=each.reason is None, reason=each.reason) for each in results}
        return cls(status="ready" if all(each.ok for each in checks.values()) else "not ready", checks=checks)


NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {"model": ReadinessOut, "description": "A check failed; the answer says which."}
}


def cache_health(context: Context) -> AsyncTtlCache[bytes]:
    """TTL cache of the health check's JSON."""
    threads = CapacityLimiter(HEALTH_THREADS)

    def check() -> bytes:
        return HealthOut.of(context.health(), context.store.tasks.count_by_status()).model_dump_json().encode()

    return AsyncTtlCache(lambda: to_thread.run_sync(check, limiter=threads), HEALTH_TTL_S)


def cache_readiness(context: Context) -> AsyncTtlCache[ReadinessOut]:
    """TTL cache of the readiness check's result."""
    readiness = ReadinessCheck(context.store, context.health, context.live)

    async def check() -> ReadinessOut:
        return ReadinessOut.of(await readiness.check())

    return AsyncTtlCache(check, READINESS_TTL_S)


@router.head("/livez", include_in_schema=False)
@router.get("/livez")
async def check_liveness(response: Response) -> LivenessOut:
    """Liveness probe, without authentication: the process answers. It asks neither the store nor a worker."""
    response.headers.update(NOT_CACHED)
    return LivenessOut()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", response_model=ReadinessOut, responses=NOT_READY)
async def check_readiness(request: Request) -> Response:
    """Readiness probe, without authentication: the store answers within a second, a worker lives, DATA_DIR is writable and has
    free space. 503 where a check fails, with its reason. At most 1 s old.
    """
    readiness: ReadinessOut = await request.app.state.readiness.get()
    status = HTTPStatus.OK if readiness.status == "ready" else HTTPStatus.SERVICE_UNAVAILABLE
    return Response(readiness.model_dump_json(), status, NOT_CACHED, "application/json")


@router.head("/health", include_in_schema=False)
@router.get("/health", response_model=HealthOut)
async def health(request: Request) -> Response:
    """Health check, without authentication: from a TTL cache, at most 0.25 s old; it shares no thread with other routes."""
    return Response(await request.app.state.health.get(), media_type="application/json")
