"""System status from Serve, Ray, the store and the disk, each behind a TTL cache of its own."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pipeline.engines.protocols import Role
from pipeline.store.store import Store
from pipeline.values.service_status import Cluster, DiskUse, EngineState, SystemStatus, Workers
from pipeline.values.tasks import Health
from serve.llm.llm_plan import find_deployment_name
from serve.profile import DEPLOYMENTS, Profile
from serve.status.ttl_cache import TtlCache
from serve.store.remote_store import RemoteStore

SYSTEM_TTL_S = 1.0
HISTORY_TTL_S = 5.0  # of finished films and failures
STAGE_SPEEDS_TTL_S = 30.0


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """State of a Serve deployment. `running`, `starting`, `stopping`: replicas. `trouble`: error of its engine."""

    status: str
    running: int = 1
    starting: int = 0
    stopping: int = 0
    trouble: str | None = None


NO_REPLICAS = DeploymentStatus("UNHEALTHY", running=0)


@dataclass(frozen=True, slots=True)
class ServingStatus:
    """Snapshot of Serve, Ray and the workers. `statuses`: of the engines, as in /health.

    `calls`: in flight, by deployment. `model`, `model_status`: of the language model served beside the service.
    """

    deployments: Mapping[str, DeploymentStatus]
    statuses: Mapping[str, str]
    cluster: Cluster
    calls: Mapping[str, int] = field(default_factory=dict)
    model: DeploymentStatus | None = None
    model_status: str = "OFF"


class SystemCheck:
    """System status check. Blocks for some milliseconds, at most once a second."""

    def __init__(
        self,
        store: Store | RemoteStore,
        profile: Profile,
        serving: Callable[[], ServingStatus],
        *,
        health: Callable[[], Health],
        disk: Callable[[], DiskUse],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._profile, self._serving, self._health, self._disk = store, profile, serving, health, disk
        self._finished = TtlCache(store.history.list_finished_films, HISTORY_TTL_S, clock)
        self._failures = TtlCache(store.history.list_failures, HISTORY_TTL_S, clock)
        self._pace = TtlCache(store.history.measure_stage_speeds, STAGE_SPEEDS_TTL_S, clock)
        self._system = TtlCache(self._assemble, SYSTEM_TTL_S, clock)

    def __call__(self) -> SystemStatus:
        """Return the system status, at most 1 s old; history 5 s, speed of the stages 30 s."""
        return self._system()

    def measure_resources(self) -> SystemStatus:
        """Measure engines, workers, cluster and disk alone, without the queries of queue and history."""
        serving = self._serving()
        return SystemStatus(
            at=datetime.now(UTC).replace(tzinfo=None),
            engines=list_engine_states(self._profile, serving),
            workers=count_workers(self._profile, serving, alive=self._health().worker_alive),
            cluster=serving.cluster,
            disk=self._disk(),
        )

    def _assemble(self) -> SystemStatus:
        return replace(
            self.measure_resources(),
            queue=self._store.tasks.count_by_status(),
            finished=self._finished(),
            failures=self._failures(),
            pace=self._pace(),
            deliveries=self._store.outbox.read_status().describe_trouble(),
        )


def list_engine_states(profile: Profile, serving: ServingStatus) -> tuple[EngineState, ...]:
    """List the engine of every role, and the language model where the profile serves one."""
    served = profile.roles()
    states = (
        _make_engine_state(profile, role, serving) if role in served else EngineState(role, name, "none", "OFF")
        for role, name in DEPLOYMENTS.items()
    )
    return (*states, *_make_language_model_state(profile, serving))


def count_workers(profile: Profile, serving: ServingStatus, *, alive: bool) -> Workers:
    """Count the workers and their resources."""
    deployed = serving.deployments.get("worker", NO_REPLICAS)
    return Workers(alive, deployed.running, deployed.starting, profile.worker.most, profile.worker.num_cpus, deployed.stopping)


def _make_engine_state(profile: Profile, role: Role, serving: ServingStatus) -> EngineState:
    share, name = profile.roles()[role], DEPLOYMENTS[role]
    deployed = serving.deployments.get(name, NO_REPLICAS)
    in_flight, waiting = _split_in_flight(serving.calls.get(name, 0), deployed.running * share.calls)
    return EngineState(
        role=role,
        deployment=name,
        engine=share.engine,
        status=serving.statuses.get(name, "OFF"),
        trouble=deployed.trouble,
        running=deployed.running,
        starting=deployed.starting,
        most=share.most,
        num_gpus=share.num_gpus,
        num_cpus=share.num_cpus,
        in_flight=in_flight,
        waiting=waiting,
    )


def _make_language_model_state(profile: Profile, serving: ServingStatus) -> tuple[EngineState, ...]:
    """Make the state of the language model. The translator's calls in flight are its own."""
    model, deployed = profile.language_model, serving.model or NO_REPLICAS
    if model is None:
        return ()
    in_flight, waiting = _split_in_flight(serving.calls.get(DEPLOYMENTS["translator"], 0), deployed.running * model.calls)
    state = EngineState(
        role="language model",
        deployment=find_deployment_name(model),
        engine=model.alias,
        status=serving.model_status,
        trouble=deployed.trouble,
        running=deployed.running,
        starting=deployed.starting,
        most=model.scaling.most,
        num_gpus=model.num_gpus,
        num_cpus=model.num_cpus,
        in_flight=in_flight,
        waiting=waiting,
    )
    return (state,)


def _split_in_flight(calls: int, places: int) -> tuple[int, int]:
    """Split calls into those in flight and those waiting, where `places` run at a time."""
    return min(calls, places), max(0, calls - places)
