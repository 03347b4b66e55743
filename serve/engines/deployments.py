"""Serve deployments of engines: one shell per role, which builds the engine and forwards calls; logic belongs in `pipeline/`."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

from ray import serve

from pipeline import logs, tracing
from pipeline.engines.protocols import Engine, Role
from pipeline.engines.registry import engine_builder
from pipeline.engines.registry.descriptions import EngineDescription, describe_engine
from pipeline.errors import DubarrError, EngineLost
from pipeline.processes.compute_usage import Measured, UsageMeter
from pipeline.settings import Settings
from serve.engines.engine_interpreter import find_interpreter
from serve.engines.engine_options import find_options
from serve.profile import DEPLOYMENTS, EngineProfile
from serve.replica_profiles import Scaling
from serve.runtime import cpu_priorities
from serve.runtime.ray_patches import adapt_replica
from serve.store.remote_store import RemoteStore, connect_store

log = logging.getLogger(__name__)

ABANDONED_CALL_LIMIT_S = 20.0  # that a call may work on whose caller is gone, before the replica is replaced to free its engine
REBUILD_INTERVAL_S = 30.0  # after which an engine that could not be built is tried again: a token or model may be there by then
HEALTH_CHECK_PERIOD_S = 2
HEALTH_CHECK_TIMEOUT_S, GPU_HEALTH_CHECK_TIMEOUT_S = 10, 30  # a card that is busy answers late


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """Health of an engine's replica. `seconds`: load time; `trouble`: the reason why it cannot work, None where it can."""

    seconds: float
    trouble: str | None = None


@dataclass
class EngineShell:
    """Replica of one engine. `build` is called in the replica: engines do not travel.

    An engine that cannot be built (a model is missing, a licence not accepted) leaves the replica up: callers get the
    reason as an error, instead of waiting for a replica that never comes.
    """

    role: Role
    build: Callable[[], Engine]
    report: Callable[[EngineHealth], None] = lambda health: None
    limit: float = math.inf  # s that a call may take
    calls: int = 1  # answered at a time; one more may wait here, and a description never does
    gpus: float = 0.0  # share of a GPU that the replica holds
    _engine: Engine | None = field(default=None, init=False)
    _trouble: DubarrError | None = field(default=None, init=False)
    _lost: EngineLost | None = field(default=None, init=False)
    _health: EngineHealth = field(default=EngineHealth(0.0), init=False)
    _tried: float = field(default=0.0, init=False)
    _room: asyncio.Semaphore = field(init=False)
    _meter: UsageMeter = field(init=False)
    _until: dict[object, float] = field(default_factory=dict, init=False)  # call under way → when it must be over

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.calls)
        self._meter = UsageMeter(self.gpus)
        self._load()

    async def call(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], member: str = "") -> Measured[Any]:
        """Call a method of the engine's protocol in a thread, so that the replica goes on answering health checks.

        The answer comes with the CPU- and GPU-seconds that the replica used for it. `member`: one engine of a list, by its name.
        """
        engine = _find_member(await self._require_engine(), member)
        await self._room.acquire()
        work = asyncio.ensure_future(asyncio.to_thread(_call_method, engine, method, args, kwargs, self._meter))
        self._until[work] = time.monotonic() + self.limit
        work.add_done_callback(self._finish_call)
        try:
            return await asyncio.shield(work)  # a thread cannot be cancelled, only left alone
        except asyncio.CancelledError:
            if work in self._until:
                self._until[work] = min(self._until[work], time.monotonic() + ABANDONED_CALL_LIMIT_S)
            raise
        except EngineLost as error:
            self._lost = error  # the next health check ends this replica, and the caller asks another
            raise

    def _finish_call(self, work: "asyncio.Future[Any]") -> None:
        self._until.pop(work, None)
        self._room.release()
        if not work.cancelled():
            work.exception()  # retrieved: where the caller is gone it would be logged as lost

    async def describe(self, member: str = "") -> EngineDescription:
        """Describe the engine, or one of a list: its properties."""
        engine = _find_member(await self._require_engine(), member)
        return await asyncio.to_thread(describe_engine, self.role, engine)  # a property may call a server

    async def check_health(self) -> None:
        """Health check: raise where this process will never work again. Reports the engine's health."""
        self.report(self._health)
        if self._lost is not None:
            raise self._lost
        if any(until < time.monotonic() for until in self._until.values()):
            raise EngineLost("an engine", "a call of it works past its limit; the replica is replaced")
        if check := getattr(self._engine, "check", None):
            await asyncio.to_thread(check)

    async def _require_engine(self) -> Engine:
        if self._engine is None and time.monotonic() - self._tried > REBUILD_INTERVAL_S:
            await asyncio.to_thread(self._load)
        if self._engine is None:
            assert self._trouble is not None
            raise self._trouble
        return self._engine

    def _load(self) -> None:
        began = time.monotonic()
        try:
            self._engine, self._trouble = self.build(), None
        except DubarrError as error:
            self._trouble = error
            log.error("an engine cannot be loaded: %s", error)
        self._tried = time.monotonic()
        self._health = EngineHealth(self._tried - began, str(self._trouble) if self._trouble else None)


def _find_member(engine: Engine, name: str) -> Engine:
    return cast(Engine, engine.find_engine(name)) if name and hasattr(engine, "find_engine") else engine


def _call_method(engine: Engine, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], meter: UsageMeter) -> Measured[Any]:
    name = f"{type(engine).__name__}.{method}"
    with tracing.trace_work(tracing.WorkKind.ENGINE, name), meter.measure() as used:
        answer = getattr(engine, method)(*args, **kwargs)
    return Measured(answer, used.total)


def build_in_replica(settings: Settings, role: Role, profile: EngineProfile) -> Engine:
    """Build the engine of a role in this replica, after its patches, priority, log and tracing are set up."""
    adapt_replica()
    cpu_priorities.yield_to_answers()
    logs.configure_logging(settings.processing_log)
    tracing.record_into(settings.trace_dir)
    began = time.monotonic()
    engine = engine_builder.build_engine(role, profile.engine, **find_options(settings, role, profile))
    log.info("engine=%s loaded in %.1f s", profile.engine, time.monotonic() - began)
    return engine


def report_health(settings: Settings, role: Role, health: EngineHealth) -> None:
    """Report the health of an engine's replica to the store actor, for /health."""
    _connect_once(settings.database).report_engine(DEPLOYMENTS[role], health.seconds, health.trouble)


@lru_cache(maxsize=1)
def _connect_once(database: Path) -> RemoteStore:
    return connect_store(database)


def bind_engine(settings: Settings, role: Role, profile: EngineProfile) -> serve.Application:
    """Bind the Serve application of one role, with its share of the machine."""
    resources: dict[str, Any] = {"num_cpus": profile.num_cpus, "num_gpus": profile.num_gpus, "resources": profile.resources}
    if python := find_interpreter(role, profile):
        resources["runtime_env"] = {"py_executable": python}
    deployment = serve.deployment(EngineShell).options(
        name=DEPLOYMENTS[role],
        max_ongoing_requests=profile.calls + 1,  # one more, so that a description never waits for a film
        ray_actor_options=resources,
        max_replicas_per_node=profile.per_node,
        graceful_shutdown_timeout_s=5,
        health_check_period_s=HEALTH_CHECK_PERIOD_S,
        health_check_timeout_s=GPU_HEALTH_CHECK_TIMEOUT_S if profile.num_gpus else HEALTH_CHECK_TIMEOUT_S,
        **(
            {"autoscaling_config": build_autoscaling_config(profile.scaling, profile.calls)}
            if profile.scaling
            else {"num_replicas": profile.replicas}
        ),
    )
    build, report = partial(build_in_replica, settings, role, profile), partial(report_health, settings, role)
    return deployment.bind(role, build, report, profile.limit, profile.calls, profile.num_gpus)


def build_autoscaling_config(scaling: Scaling, calls: int) -> dict[str, Any]:
    """Build Serve's autoscaling configuration: one replica more as soon as all are busy, one fewer after `idle` seconds."""
    return {
        "min_replicas": scaling.least,
        "max_replicas": scaling.most,
        "target_ongoing_requests": calls,
        "metrics_interval_s": 1.0,
        "look_back_period_s": 5.0,
        "upscale_delay_s": 2.0,
        "downscale_delay_s": scaling.idle,
        "downscale_to_zero_delay_s": scaling.idle,
    }
