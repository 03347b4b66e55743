"""The site of one ingress replica: routes, security and the dashboard, over the store and Serve's own status."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipeline.settings import Settings
from pipeline.tasks import Health
from serve.keeper import RemoteStore, keeper
from serve.profile import DEPLOYMENTS, Profile
from serve.security import credentials

SILENT = 6.0  # s without a sign of life after which the worker counts as dead; it gives one every 2 s
FRESH = 1.0  # s a health answer is kept: /health is public, and must not be a lever against the controller

# Serve's words for a deployment → ours.
STATUS_WORDS = {"HEALTHY": "READY", "UPDATING": "LOADING", "UPSCALING": "LOADING", "DOWNSCALING": "READY"}


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


def engine_statuses(profile: Profile, serves: Mapping[str, str]) -> dict[str, str]:
    """How the engines are, in our words. `serves`: deployment → Serve's word for how it is. OFF: nobody plays the role."""
    statuses = {DEPLOYMENTS[role]: "OFF" for role in DEPLOYMENTS if role != "separator"}
    for name in (DEPLOYMENTS[role] for role in profile.roles()):
        statuses[name] = STATUS_WORDS.get(serves[name], "ERROR") if name in serves else "OFF"
    return statuses


def _asked(profile: Profile, application: str) -> dict[str, str]:
    """The engines' statuses by Serve's controller. Blocks for some milliseconds."""
    from ray import serve

    deployments = serve.status().applications[application].deployments
    return engine_statuses(profile, {name: status.status.value for name, status in deployments.items()})


def build_site(settings: Settings, profile: Profile, application: str) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """The ASGI application of the ingress. `application`: the name that Serve runs it under."""
    from dashboard.app import mount
    from serve.api import Context, create_app
    from serve.services import StoreService

    store = keeper(settings.database)
    health = HealthCheck(store, partial(_asked, profile, application))
    app = create_app(Context(settings=settings, credentials=credentials(settings), store=store, health=health))
    mount(app, StoreService(settings, store, health))
    return app
