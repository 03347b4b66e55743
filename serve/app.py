"""Wiring of the Serve application (dependency injection): deployments and their handles. `serve run serve.app:build` and `serve deploy` start here, as does `./dubarr serve`."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import ray
from pydantic import BaseModel, ConfigDict
from ray import serve
from ray.serve.handle import DeploymentHandle

from pipeline import logs, settings_loader, tracing
from pipeline.engines.protocols import Role
from pipeline.errors import StoreError
from pipeline.settings import Settings
from serve import profile_loader
from serve.configuration.live_settings import LiveSettings
from serve.configuration.settings_source import SettingsSource
from serve.engines.deployments import bind_engine
from serve.media.media_deployment import bind_media
from serve.profile import INGRESS_CPUS, Profile
from serve.replica_profiles import WorkerProfile
from serve.runtime import cpu_priorities, malloc_trim
from serve.runtime.ray_patches import adapt_replica, prefer_own_machine
from serve.store.leader_leases import SCRUB_DUTY
from serve.store.metrics_reporter import start_metrics_reporter
from serve.store.remote_store import connect_store
from serve.store.store_actor import HEAD_NODE
from serve.worker.scrub_schedule import ScrubSchedule
from serve.worker.worker import Worker
from serve.worker.worker_engines import connect_worker_engines
from serve.worker.worker_id import make_worker_id
from serve.worker.worker_scaling import RELEASE_LIMIT_S, WorkerReport, build_worker_autoscaling, drain

APPLICATION = "dubarr"
LOCAL_ROLES = frozenset({"separator", "diarizer"})  # they read all of a film's sound, which the worker's machine has just written
HEALTH_CHECK_OPTIONS = {"health_check_period_s": 2, "health_check_timeout_s": 10}


class Args(BaseModel):
    """Arguments of a Serve config, under `args`; everything else comes from the environment and `.env`."""

    model_config = ConfigDict(extra="forbid")

    profile: str | None = None


class WorkerReplica:
    """Replica of the worker, apart from the ingress, so that neither's death costs the other."""

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        handles: dict[Role, DeploymentHandle],
        source: SettingsSource,
        built_at: int,
    ) -> None:
        adapt_replica()
        cpu_priorities.yield_to_answers()
        logs.configure_logging(settings.processing_log)
        tracing.record_into(settings.trace_dir)
        malloc_trim.limit_arenas()
        self._live, self._profile, self._handles = LiveSettings(settings, source), profile, handles
        self._built_at = built_at
        self._store = connect_store(settings.database)
        self._report = WorkerReport(self._store.leases.count_waiting, ray.available_resources, profile.worker.num_cpus)
        self._worker: Worker | None = None
        self._scrub: ScrubSchedule | None = None
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for role in self._handles.keys() & LOCAL_ROLES:
            prefer_own_machine(self._handles[role])
        store = self._store
        store.announce_build(self._built_at)
        tools = connect_worker_engines(self._profile, self._handles)
        self._scrub = ScrubSchedule(self._live, store.stages, partial(store.acquire_leadership, SCRUB_DUTY, make_worker_id()))
        self._scrub.start()
        start_metrics_reporter(store)
        self._worker = Worker(self._live, store, tools)
        self._worker.run()

    def check_health(self) -> None:
        """Health check: raise where the worker's thread ended; Serve then starts another replica."""
        if not self._thread.is_alive():
            raise RuntimeError("the worker's thread has ended")

    async def record_autoscaling_stats(self) -> dict[str, float]:
        """Report to Serve's autoscaler: the queue, free cores, and whether a film is dubbed here."""
        is_busy = self._worker is not None and self._worker.is_busy
        return await asyncio.to_thread(self._report, is_busy=is_busy)

    def __del__(self) -> None:
        if self._scrub is not None:
            self._scrub.stop()
        if self._worker is not None:
            if self._profile.worker.scaling:
                self._worker.drain()
                drain(self._thread.is_alive, self._is_replaced, self._profile.worker.drain)
            self._worker.stop()
            self._thread.join(timeout=10)

    def _is_replaced(self) -> bool:
        """True where the service stops, or a later build of it takes over."""
        try:
            return self._store.get_latest_build() > self._built_at
        except StoreError:
            return False  # the store's process restarts


Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class Ingress:
    """Replica of the HTTP side. Of several, HAProxy keeps a browser with one: a dashboard session lives in the process that
    opened it. Duties that are done once are the leader's (`serve.store.leader_leases`).
    """

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        worker: DeploymentHandle,
        source: SettingsSource,
        handles: dict[Role, DeploymentHandle],
        built_at: int,
        media: DeploymentHandle,
    ) -> None:
        adapt_replica()
        connect_store(settings.database).announce_build(built_at)
        logs.configure_logging(settings.processing_log)
        tracing.record_into(settings.trace_dir)
        self._settings, self._profile, self._source = settings, profile, source
        self._handles, self._media = handles, media
        self._worker = worker  # bound, so that Serve starts it; it works by itself

    def __serve_build_asgi_app__(self) -> Asgi:
        from serve.http.asgi import build_asgi_app

        application = serve.get_replica_context().app_name
        return build_asgi_app(self._settings, self._profile, application, self._source, self._handles, self._media)


def application(settings: Settings) -> serve.Application:
    """Build the whole service as one Serve application."""
    profile, source = profile_loader.load_profile(settings), SettingsSource.of_process()
    engines = {role: bind_engine(settings, role, share) for role, share in profile.roles().items()}
    built_at = time.time_ns()
    ingress = serve.deployment(serve.ingress()(Ingress)).options(
        name="ingress",
        num_replicas=profile.ingress.replicas,
        ray_actor_options={"num_cpus": INGRESS_CPUS, "resources": HEAD_NODE},  # beside the store actor, and at one address
        max_ongoing_requests=1_000,  # log tails and dashboards stay open
        **HEALTH_CHECK_OPTIONS,
    )
    worker = make_worker_deployment(profile.worker).bind(settings, profile, engines, source, built_at)
    media = bind_media(settings, profile.media)
    return ingress.bind(settings, profile, worker, source, engines, built_at, media)


def make_worker_deployment(profile: WorkerProfile) -> serve.Deployment:
    """Deployment of the workers: a fixed number, or one that follows the queue."""
    number: dict[str, Any] = {"num_replicas": profile.films}
    drain_s = 0.0
    if scaling := profile.scaling:
        number = {"autoscaling_config": build_worker_autoscaling(scaling.least, scaling.most, scaling.idle)}
        drain_s = profile.drain
    return serve.deployment(WorkerReplica).options(
        name="worker",
        ray_actor_options={"num_cpus": profile.num_cpus},
        graceful_shutdown_timeout_s=drain_s + RELEASE_LIMIT_S,
        **number,
        **HEALTH_CHECK_OPTIONS,
    )


def build(args: Args) -> serve.Application:
    """Serve's typed builder: settings from the environment and `.env`, profile from the arguments where given."""
    settings = settings_loader.load_settings()
    return application(replace(settings, profile=args.profile) if args.profile else settings)
