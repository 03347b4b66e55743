"""ASGI application of the ingress replica: API, middleware and dashboard over the store actor and Ray Serve's status."""

import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from pipeline.settings import Settings
from pipeline.values.service_status import Cluster
from pipeline.values.tasks import Health
from serve.auth.credentials import load_credentials
from serve.llm import language_model, llm_launcher
from serve.profile import DEPLOYMENTS, Profile
from serve.status.disk_usage import DiskUsageMonitor
from serve.status.system_status import DeploymentStatus, ServingStatus, SystemCheck
from serve.status.ttl_cache import TtlCache
from serve.store.remote_store import RemoteStore, connect_store
from serve.store.worker_heartbeats import HEARTBEAT_TIMEOUT_S

MAX_HEALTH_AGE_S = 3.0  # s; an older answer is told to nobody
HEALTH_TTL_S = 1.0  # s a health answer is kept: /health is public, and must not be a lever against the controller

# Serve's words for a deployment that has a replica at work → ours.
STATUS_OF_SERVE = {"HEALTHY": "READY", "UPDATING": "LOADING", "UPSCALING": "READY", "DOWNSCALING": "READY"}


class HealthCheck:
    """Health check of the worker and the engines, refreshed in the background (stale-while-revalidate).

    A refresh takes up to 0.1 s; a caller waits for it only where the last value is older than `MAX_HEALTH_AGE_S`.
    """

    def __init__(
        self,
        store: RemoteStore,
        engines: Callable[[], Mapping[str, str]],
        clock: Callable[[], float] = time.monotonic,
        start: Callable[[Callable[[], Health]], object] | None = None,
    ) -> None:
        self._store, self._engines, self._clock = store, engines, clock
        self._start = start or ThreadPoolExecutor(1, "health").submit
        self._refreshing = threading.Lock()
        self._known: tuple[Health, float] | None = None  # and when it was found out

    def __call__(self) -> Health:
        """Return the health. Blocks for some milliseconds where the last value is older than `MAX_HEALTH_AGE_S`."""
        if self._known is None or self._clock() - self._known[1] > MAX_HEALTH_AGE_S:
            return self._refresh()
        if self._clock() - self._known[1] > HEALTH_TTL_S and self._refreshing.acquire(blocking=False):
            self._start(self._refresh_beside)
        return self._known[0]

    def _refresh_beside(self) -> Health:
        try:
            return self._refresh()
        finally:
            self._refreshing.release()

    def _refresh(self) -> Health:
        at, silence = self._clock(), self._store.get_worker_silence()
        health = Health(worker_alive=silence is not None and silence < HEARTBEAT_TIMEOUT_S, engine_statuses=self._engines())
        self._known = (health, at)
        return health


def map_engine_statuses(profile: Profile, serves: Mapping[str, DeploymentStatus]) -> dict[str, str]:
    """Map Serve's deployment states to engine statuses: READY, LOADING, IDLE (scaled to zero), ERROR, OFF (role not served)."""
    statuses = {DEPLOYMENTS[role]: "OFF" for role in DEPLOYMENTS if role != "separator"}
    for name in (DEPLOYMENTS[role] for role in profile.roles()):
        statuses[name] = map_engine_status(serves[name]) if name in serves else "OFF"
    return statuses


def map_engine_status(deployed: DeploymentStatus) -> str:
    """Map one deployment's state to an engine status."""
    if deployed.trouble or deployed.status not in STATUS_OF_SERVE:
        return "ERROR"
    if deployed.running:
        return STATUS_OF_SERVE[deployed.status]
    return "LOADING" if deployed.starting or deployed.status in {"UPDATING", "UPSCALING"} else "IDLE"


def _read_serving(settings: Settings, profile: Profile, application: str, store: RemoteStore) -> ServingStatus:
    """Read deployments, cluster resources and replica notes from Serve, Ray and the store actor. Blocks for some milliseconds."""
    from ray import serve

    notes, applications = store.list_engine_reports(), serve.status().applications
    serves = {
        name: _summarize_deployment(overview, notes[name].trouble if name in notes else None)
        for name, overview in applications[application].deployments.items()
    }
    serving = ServingStatus(serves, map_engine_statuses(profile, serves), _count_cluster(), store.count_inflight_calls())
    return _add_language_model(serving, applications, _read_model_trouble(settings)) if profile.language_model else serving


def _add_language_model(serving: ServingStatus, applications: Mapping[str, Any], trouble: str | None) -> ServingStatus:
    """Add the language model's deployment; the translator's status depends on it."""
    found, failed = applications.get(language_model.APPLICATION), trouble is not None
    overview = language_model.engine_overview(found) if found else None
    translator = language_model.llm_status(applications, shell=serving.statuses["llm"], failed=failed)
    return replace(
        serving,
        statuses={**serving.statuses, "llm": translator},
        model=_summarize_deployment(overview, trouble) if overview else DeploymentStatus("UPDATING", running=0, trouble=trouble),
        model_status=language_model.llm_status(applications, failed=failed),
    )


def _summarize_deployment(overview: Any, trouble: str | None) -> DeploymentStatus:
    return DeploymentStatus(
        overview.status.value,
        running=_count_replicas(overview.replica_states, "RUNNING"),
        starting=_count_replicas(overview.replica_states, "STARTING", "UPDATING", "RECOVERING"),
        trouble=trouble,
    )


def _read_model_trouble(settings: Settings) -> str | None:
    """Read the error of the language model's deployment; None where there is none."""
    try:
        return llm_launcher.error_file(settings).read_text("utf-8", "replace").strip()
    except FileNotFoundError:
        return None


def _count_cluster() -> Cluster:
    """Count nodes, CPUs and GPUs of the Ray cluster."""
    import ray

    total, free = ray.cluster_resources(), ray.available_resources()
    return Cluster(
        nodes=sum(node["Alive"] for node in ray.nodes()),
        cpus=total.get("CPU", 0.0),
        cpus_free=free.get("CPU", 0.0),
        gpus=total.get("GPU", 0.0),
        gpus_free=free.get("GPU", 0.0),
    )


def _count_replicas(states: Mapping[Any, int], *names: str) -> int:
    return sum(count for state, count in states.items() if getattr(state, "value", state) in names)


def build_asgi_app(settings: Settings, profile: Profile, application: str) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """Build the ingress's ASGI application. `application`: its name in Serve."""
    from dashboard.app import mount_dashboard
    from serve.http.app import Context, create_app
    from serve.status.dashboard_service import StoreService

    store = connect_store(settings.database)
    serving = TtlCache(partial(_read_serving, settings, profile, application, store), HEALTH_TTL_S)
    health = HealthCheck(store, lambda: serving().statuses)
    system = SystemCheck(store, profile, serving, health=health, disk=DiskUsageMonitor(settings))
    app = create_app(Context(settings, load_credentials(settings), store, health, system))
    mount_dashboard(app, StoreService(settings, profile, store, health, system))
    return app
