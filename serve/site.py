"""The site of one ingress replica: routes, security and the dashboard, over the store and Serve's own status."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipeline.settings import Settings
from pipeline.tasks import Health
from serve import companion, language_model
from serve.keeper import RemoteStore, keeper
from serve.profile import DEPLOYMENTS, Profile
from serve.security import credentials

SILENT = 6.0  # s without a sign of life after which the worker counts as dead; it gives one every 2 s
FRESH = 1.0  # s a health answer is kept: /health is public, and must not be a lever against the controller

# Serve's words for a deployment that has a replica at work → ours.
STATUS_WORDS = {"HEALTHY": "READY", "UPDATING": "LOADING", "UPSCALING": "READY", "DOWNSCALING": "READY"}


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment as Serve tells of it. `running`, `starting`: replicas. `trouble`: why its engine cannot work."""

    status: str
    running: int = 1
    starting: int = 0
    trouble: str | None = None


@dataclass
class HealthCheck:
    """Tells how the worker and the engines are, asking at most once a second."""

    store: RemoteStore
    engines: Callable[[], Mapping[str, str]]
    clock: Callable[[], float] = time.monotonic
    _known: Health | None = None
    _until: float = 0.0

    def __call__(self) -> Health:
        """The health, at most a second old. Blocks for some milliseconds."""
        if self._known is None or self.clock() > self._until:
            silence = self.store.worker_silence()
            self._known = Health(worker_alive=silence is not None and silence < SILENT, engine_statuses=self.engines())
            self._until = self.clock() + FRESH
        return self._known


def engine_statuses(profile: Profile, serves: Mapping[str, Deployed]) -> dict[str, str]:
    """How the engines are, in our words: READY, LOADING, IDLE (scaled to zero), ERROR, OFF (nobody plays the role)."""
    statuses = {DEPLOYMENTS[role]: "OFF" for role in DEPLOYMENTS if role != "separator"}
    for name in (DEPLOYMENTS[role] for role in profile.roles()):
        statuses[name] = engine_status(serves[name]) if name in serves else "OFF"
    return statuses


def engine_status(deployed: Deployed) -> str:
    """One engine's status in our words."""
    if deployed.trouble or deployed.status not in STATUS_WORDS:
        return "ERROR"
    if deployed.running:
        return STATUS_WORDS[deployed.status]
    return "LOADING" if deployed.starting or deployed.status in {"UPDATING", "UPSCALING"} else "IDLE"


def _asked(settings: Settings, profile: Profile, application: str, store: RemoteStore) -> dict[str, str]:
    """The engines' statuses by Serve's controller and by what their replicas say. Blocks for some milliseconds."""
    from ray import serve

    notes, applications = store.notes(), serve.status().applications
    serves = {
        name: Deployed(
            overview.status.value,
            running=_count(overview.replica_states, "RUNNING"),
            starting=_count(overview.replica_states, "STARTING", "UPDATING", "RECOVERING"),
            trouble=notes[name].trouble if name in notes else None,
        )
        for name, overview in applications[application].deployments.items()
    }
    statuses = engine_statuses(profile, serves)
    if profile.language_model:  # the translator is as well as the model that it asks
        failed = companion.note(settings).exists()
        statuses["llm"] = language_model.llm_status(applications, shell=statuses["llm"], failed=failed)
    return statuses


def _count(states: Mapping[Any, int], *names: str) -> int:
    return sum(count for state, count in states.items() if getattr(state, "value", state) in names)


def build_site(settings: Settings, profile: Profile, application: str) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """The ASGI application of the ingress. `application`: the name that Serve runs it under."""
    from dashboard.app import mount
    from serve.api import Context, create_app
    from serve.services import StoreService

    store = keeper(settings.database)
    health = HealthCheck(store, partial(_asked, settings, profile, application, store))
    app = create_app(Context(settings=settings, credentials=credentials(settings), store=store, health=health))
    mount(app, StoreService(settings, store, health))
    return app
