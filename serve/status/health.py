"""Health check of the service: the worker's by its heartbeats, the engines' by the states of their Serve deployments."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pipeline.values.service_status import REQUIRED_HEALTH_KEYS
from pipeline.values.tasks import Health
from serve.profile import DEPLOYMENTS, Profile
from serve.status.system_status import DeploymentStatus
from serve.status.ttl_cache import TtlCache
from serve.store.remote_store import RemoteStore
from serve.store.worker_heartbeats import HEARTBEAT_TIMEOUT_S

HEALTH_TTL_S = 1.0  # /health is public, and must not be a lever against Serve's controller
MAX_HEALTH_AGE_S = 3.0  # of a value returned while the next one is computed

# States of a Serve deployment that has a running replica → engine statuses.
STATUS_OF_SERVE_STATE = {"HEALTHY": "READY", "UPDATING": "LOADING", "UPSCALING": "READY", "DOWNSCALING": "READY"}


def cache_health_check(
    store: RemoteStore,
    list_statuses: Callable[[], Mapping[str, str]],
    clock: Callable[[], float] = time.monotonic,
    start: Callable[[Callable[[], None]], object] | None = None,
) -> TtlCache[Health]:
    """Build the health check behind a TTL cache that is refreshed in the background (stale-while-revalidate).

    A check takes up to 0.1 s; a caller waits for it only where the last value is older than `MAX_HEALTH_AGE_S`. `start`: runs a
    refresh in the background, by default in a thread of its own.
    """
    background = start or ThreadPoolExecutor(1, "health").submit
    check = partial(check_health, store, list_statuses)
    return TtlCache(check, HEALTH_TTL_S, clock, max_age_s=MAX_HEALTH_AGE_S, start=background)


def check_health(store: RemoteStore, list_statuses: Callable[[], Mapping[str, str]]) -> Health:
    """Check the health of worker and engines. Blocks for some milliseconds. StoreError."""
    silence = store.get_worker_silence()
    is_alive = silence is not None and silence < HEARTBEAT_TIMEOUT_S
    return Health(worker_alive=is_alive, engine_statuses=list_statuses(), workers=store.count_workers())


def map_engine_statuses(profile: Profile, serves: Mapping[str, DeploymentStatus]) -> dict[str, str]:
    """Map Serve's deployment states to engine statuses: READY, LOADING, IDLE (scaled to zero), ERROR, OFF (role not served)."""
    statuses = dict.fromkeys(REQUIRED_HEALTH_KEYS, "OFF")
    for name in (DEPLOYMENTS[role] for role in profile.roles()):
        statuses[name] = map_engine_status(serves[name]) if name in serves else "OFF"
    return statuses


def map_engine_status(deployed: DeploymentStatus) -> str:
    """Map one deployment's state to an engine status."""
    if deployed.trouble or deployed.status not in STATUS_OF_SERVE_STATE:
        return "ERROR"
    if deployed.running:
        return STATUS_OF_SERVE_STATE[deployed.status]
    return "LOADING" if deployed.starting or deployed.status in {"UPDATING", "UPSCALING"} else "IDLE"
