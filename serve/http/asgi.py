"""The site of one ingress replica: routes, security and the dashboard, over the store and Serve's own status."""

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
from serve.http.security import credentials
from serve.llm import language_model, llm_launcher
from serve.profile import DEPLOYMENTS, Profile
from serve.status.disk_usage import Gauge
from serve.status.system_status import Deployed, Serving, SystemCheck
from serve.status.ttl_cache import Kept
from serve.store_actor import RemoteStore, keeper
from serve.worker_heartbeats import HEARTBEAT_TIMEOUT_S

MAX_HEALTH_AGE_S = 3.0  # s; an older answer is told to nobody
HEALTH_TTL_S = 1.0  # s a health answer is kept: /health is public, and must not be a lever against the controller

# Serve's words for a deployment that has a replica at work → ours.
STATUS_OF_SERVE = {"HEALTHY": "READY", "UPDATING": "LOADING", "UPSCALING": "READY", "DOWNSCALING": "READY"}


class HealthCheck:
    """Tells how the worker and the engines are, as found out at most a second ago where it is asked often.

    Finding out takes up to a tenth of a second and happens beside the answers; only the first of many in a while waits for it.
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
        """The health. Blocks for some milliseconds where the last answer is older than some seconds."""
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
        at, silence = self._clock(), self._store.worker_silence()
        health = Health(worker_alive=silence is not None and silence < HEARTBEAT_TIMEOUT_S, engine_statuses=self._engines())
        self._known = (health, at)
        return health


def map_engine_statuses(profile: Profile, serves: Mapping[str, Deployed]) -> dict[str, str]:
    """How the engines are, in our words: READY, LOADING, IDLE (scaled to zero), ERROR, OFF (nobody plays the role)."""
    statuses = {DEPLOYMENTS[role]: "OFF" for role in DEPLOYMENTS if role != "separator"}
    for name in (DEPLOYMENTS[role] for role in profile.roles()):
        statuses[name] = map_engine_status(serves[name]) if name in serves else "OFF"
    return statuses


def map_engine_status(deployed: Deployed) -> str:
    """One engine's status in our words."""
    if deployed.trouble or deployed.status not in STATUS_OF_SERVE:
        return "ERROR"
    if deployed.running:
        return STATUS_OF_SERVE[deployed.status]
    return "LOADING" if deployed.starting or deployed.status in {"UPDATING", "UPSCALING"} else "IDLE"


def _read_serving(settings: Settings, profile: Profile, application: str, store: RemoteStore) -> Serving:
    """What Serve's controller, Ray and the replicas say. Blocks for some milliseconds."""
    from ray import serve

    notes, applications = store.notes(), serve.status().applications
    serves = {
        name: _summarize_deployment(overview, notes[name].trouble if name in notes else None)
        for name, overview in applications[application].deployments.items()
    }
    serving = Serving(serves, map_engine_statuses(profile, serves), _count_cluster(), store.calls())
    return _add_language_model(serving, applications, _read_model_trouble(settings)) if profile.language_model else serving


def _add_language_model(serving: Serving, applications: Mapping[str, Any], trouble: str | None) -> Serving:
    """And the language model; the translator is as well as that."""
    found, failed = applications.get(language_model.APPLICATION), trouble is not None
    overview = language_model.engine_overview(found) if found else None
    translator = language_model.llm_status(applications, shell=serving.statuses["llm"], failed=failed)
    return replace(
        serving,
        statuses={**serving.statuses, "llm": translator},
        model=_summarize_deployment(overview, trouble) if overview else Deployed("UPDATING", running=0, trouble=trouble),
        model_status=language_model.llm_status(applications, failed=failed),
    )


def _summarize_deployment(overview: Any, trouble: str | None) -> Deployed:
    return Deployed(
        overview.status.value,
        running=_count_replicas(overview.replica_states, "RUNNING"),
        starting=_count_replicas(overview.replica_states, "STARTING", "UPDATING", "RECOVERING"),
        trouble=trouble,
    )


def _read_model_trouble(settings: Settings) -> str | None:
    """Why the language model could not be deployed."""
    try:
        return llm_launcher.note(settings).read_text("utf-8", "replace").strip()
    except FileNotFoundError:
        return None


def _count_cluster() -> Cluster:
    """The machines, as Ray counts them."""
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
    """The ASGI application of the ingress. `application`: the name that Serve runs it under."""
    from dashboard.app import mount_dashboard
    from serve.http.app import Context, create_app
    from serve.status.dashboard_service import StoreService

    store = keeper(settings.database)
    serving = Kept(partial(_read_serving, settings, profile, application, store), HEALTH_TTL_S)
    health = HealthCheck(store, lambda: serving().statuses)
    system = SystemCheck(store, profile, serving, health=health, disk=Gauge(settings))
    app = create_app(Context(settings, credentials(settings), store, health, system))
    mount_dashboard(app, StoreService(settings, profile, store, health, system))
    return app
