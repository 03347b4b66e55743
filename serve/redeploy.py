"""Redeploy (rolling update) of a running service: a new release or other settings, its parts replaced one after the other.

Films wait for nothing but the part that they need: a worker that goes hands its film back, an engine that goes finishes its calls.
"""

import logging
import os
import time
from collections.abc import Callable

from pipeline.errors import DubarrError, NotPossible
from pipeline.settings import Settings

log = logging.getLogger(__name__)

RETURN_LIMIT_S = 60.0  # s for the store actor to come back
POLL_INTERVAL_S = 0.2  # s between calls of it
VERSION_MISMATCH_MESSAGE = "Version mismatch"  # Ray has no class for it, only the words


def redeploy(settings: Settings, ray_address: str, *, say: Callable[[str], None]) -> None:
    """Replace store actor, engines, workers and web server by the release and settings on disk; `say` reports each part.

    This process becomes a driver of the service's Ray, at `ray_address` (host:port), and must have its environment. NotPossible
    where Ray itself is another release now. Serve's own processes and Ray's stay as they are.
    """
    from serve.runtime import local_ray
    from serve.runtime.ray_environment import build_environment

    os.environ.update(build_environment(settings))  # before Serve is imported: it reads it at import
    try:
        local_ray.join(ray_address)
    except RuntimeError as error:
        if VERSION_MISMATCH_MESSAGE in str(error):
            raise NotPossible("Ray or Python is another release than the one that runs: ./dubarr stop, then serve") from error
        raise
    try:
        say("the store actor, after a copy of its store")
        _replace_store_actor(settings)
        say("engines, workers and web server")
        _replace_application(settings)
    finally:
        local_ray.stop()


def _replace_store_actor(settings: Settings) -> None:
    """Restart the store actor; its callers retry meanwhile."""
    import ray

    from serve.store.remote_store import connect_store
    from serve.store.store_actor import ACTOR_NAME, NAMESPACE

    store = connect_store(settings.database)
    log.info("the store was copied to %s", store.backup())
    actor = ray.get_actor(ACTOR_NAME, namespace=NAMESPACE)
    before = ray.get(actor.process.remote())
    ray.kill(actor, no_restart=False)  # committed rows are in its log, and a copy was just made
    deadline = time.monotonic() + RETURN_LIMIT_S
    try:
        while (now := ray.get(actor.process.remote())) == before:  # Ray repeats the call by itself while it is away
            if time.monotonic() > deadline:
                raise DubarrError(f"the store actor, process {now}, does not end; ./dubarr stop, then serve")
            time.sleep(POLL_INTERVAL_S)
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[-1]
        raise DubarrError(
            f"the store actor did not come back ({reason}); ./dubarr stop, then serve, which gives the reason"
        ) from error


def _replace_application(settings: Settings) -> None:
    from ray import serve

    from serve.app import APPLICATION, application
    from serve.store.remote_store import connect_store

    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    connect_store(settings.database).announce_build(time.time_ns())  # workers that are stopped from now on release their films
    try:
        serve.run(application(settings), name=APPLICATION, route_prefix="/", blocking=False)
    except RuntimeError as error:
        raise DubarrError(
            f"the new release does not come up: {error}; what it replaced so far stays, see ./dubarr logs"
        ) from error
    log.info("service redeployed at %s", settings.url)
