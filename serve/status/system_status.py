"""The state of the system, put together from Serve, Ray, the store and the disk; each is asked as rarely as it bears."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipeline.engines.protocols import Role
from pipeline.store import Store
from pipeline.values.service_status import Cluster, DiskUse, EngineState, System, Workers
from pipeline.values.tasks import Health
from serve.llm import language_model
from serve.profile import DEPLOYMENTS, Profile
from serve.status.ttl_cache import Kept
from serve.store_actor import RemoteStore

FRESH = 1.0  # s the whole is kept
HISTORY = 5.0  # s what is over is kept
PACE = 30.0  # s


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment as Serve tells of it. `running`, `starting`: replicas. `trouble`: why its engine cannot work."""

    status: str
    running: int = 1
    starting: int = 0
    trouble: str | None = None


NOBODY = Deployed("UNHEALTHY", running=0)


@dataclass(frozen=True, slots=True)
class Serving:
    """What Serve, Ray and the workers tell at one moment. `statuses`: of the engines, in our words, as /health has them.

    `calls`: without an answer yet, by deployment. `model`, `model_status`: of the language model served beside the service.
    """

    deployments: Mapping[str, Deployed]
    statuses: Mapping[str, str]
    cluster: Cluster
    calls: Mapping[str, int] = field(default_factory=dict)
    model: Deployed | None = None
    model_status: str = "OFF"


class SystemCheck:
    """Tells the state of the system. Blocks for some milliseconds, at most once a second."""

    def __init__(
        self,
        store: Store | RemoteStore,
        profile: Profile,
        serving: Callable[[], Serving],
        *,
        health: Callable[[], Health],
        disk: Callable[[], DiskUse],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._profile, self._serving, self._health, self._disk = store, profile, serving, health, disk
        self._finished = Kept(store.history.finished, HISTORY, clock)
        self._failures = Kept(store.history.failures, HISTORY, clock)
        self._pace = Kept(store.history.pace, PACE, clock)
        self._system = Kept(self._assembled, FRESH, clock)

    def __call__(self) -> System:
        """The state of the system, at most a second old; of what is over five, of the pace half a minute."""
        return self._system()

    def _assembled(self) -> System:
        serving = self._serving()
        return System(
            at=datetime.now(UTC).replace(tzinfo=None),
            engines=engine_states(self._profile, serving),
            workers=workers(self._profile, serving, alive=self._health().worker_alive),
            cluster=serving.cluster,
            disk=self._disk(),
            queue=self._store.tasks.queue_stats(),
            finished=self._finished(),
            failures=self._failures(),
            pace=self._pace(),
        )


def engine_states(profile: Profile, serving: Serving) -> tuple[EngineState, ...]:
    """The engine of every role, and the language model where the profile serves one."""
    played = profile.roles()
    states = (
        _engine_state(profile, role, serving) if role in played else EngineState(role, name, "none", "OFF")
        for role, name in DEPLOYMENTS.items()
    )
    return (*states, *_language_model(profile, serving))


def workers(profile: Profile, serving: Serving, *, alive: bool) -> Workers:
    """Who dubs."""
    deployed = serving.deployments.get("worker", NOBODY)
    return Workers(alive, deployed.running, deployed.starting, profile.worker.films, profile.worker.num_cpus)


def _engine_state(profile: Profile, role: Role, serving: Serving) -> EngineState:
    share, name = profile.roles()[role], DEPLOYMENTS[role]
    deployed = serving.deployments.get(name, NOBODY)
    in_flight, waiting = _divided(serving.calls.get(name, 0), deployed.running * share.calls)
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


def _language_model(profile: Profile, serving: Serving) -> tuple[EngineState, ...]:
    """The model that the translator asks. What waits for the translator waits for it."""
    model, deployed = profile.language_model, serving.model or NOBODY
    if model is None:
        return ()
    in_flight, waiting = _divided(serving.calls.get(DEPLOYMENTS["translator"], 0), deployed.running * model.calls)
    state = EngineState(
        role="language model",
        deployment=language_model.deployment_of(model),
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


def _divided(calls: int, places: int) -> tuple[int, int]:
    """Calls that are being answered, and calls that wait, where `places` are answered at a time."""
    return min(calls, places), max(0, calls - places)
