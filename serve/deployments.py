"""The engine deployments: one shell per role. It builds the engine and forwards calls; logic belongs in `pipeline/`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ray import serve

from pipeline import logs
from pipeline.engines import registry
from pipeline.engines.protocols import Engine, Role
from pipeline.settings import Settings
from serve.profile import DEPLOYMENTS, EngineProfile
from serve.transport import adapt_replica


@dataclass(frozen=True, slots=True)
class Description:
    """What a caller must know of an engine without having it: its plain attributes (fingerprint, longest_utterance, …)."""

    attributes: dict[str, Any]


class EngineShell:
    """One engine behind a handle. `build` is called in the replica: engines do not travel."""

    def __init__(self, build: Callable[[], Engine]) -> None:
        self._engine = build()

    async def call(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the engine in a thread, so that the replica goes on answering health checks."""
        return await asyncio.to_thread(getattr(self._engine, method), *args, **kwargs)

    async def describe(self) -> Description:
        """The engine's plain public attributes."""
        names = (name for name in dir(self._engine) if not name.startswith("_"))
        plain = {
            name: value
            for name in names
            if isinstance(value := getattr(self._engine, name), str | int | float | bool | frozenset)
        }
        return Description(plain)


def engine_in_replica(settings: Settings, role: Role, profile: EngineProfile) -> Engine:
    """The engine of a role, in a replica made ready for it."""
    adapt_replica()
    logs.configure(settings.processing_log)
    return registry.build(role, profile.engine, **profile.options)


def engine_deployment(settings: Settings, role: Role, profile: EngineProfile) -> serve.Application:
    """The application of one role, with its share of the machine."""
    deployment = serve.deployment(EngineShell).options(
        name=DEPLOYMENTS[role],
        num_replicas=profile.replicas,
        max_ongoing_requests=profile.calls + 1,  # one more, so that a description never waits for a film
        ray_actor_options={"num_cpus": profile.num_cpus, "num_gpus": profile.num_gpus},
        graceful_shutdown_timeout_s=5,
        health_check_period_s=2,
        health_check_timeout_s=10,
    )
    return deployment.bind(partial(engine_in_replica, settings, role, profile))
