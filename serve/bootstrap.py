"""Bootstrap of the service on this machine: Ray, the store actor and Serve, from start to graceful shutdown."""

import logging
import math
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import logs
from pipeline.errors import DubarrError, StoreError
from pipeline.settings import Settings
from serve import profile_loader
from serve.auth.credentials import Credentials, load_credentials
from serve.profile import Profile
from serve.runtime import data_folders, private_folders, ray_start, ray_watchdog

if TYPE_CHECKING:
    from serve.llm.llm_launcher import LlmLauncher

log = logging.getLogger(__name__)

OBJECT_STORE_BYTES = 512 << 20  # bytes; what passes between replicas is words and paths
_halting = threading.Event()  # this process ends Ray by itself
PARENT_POLL_INTERVAL_S = 0.5  # s between checks that the parent process lives
READY_LIMIT_S = 180.0  # s from the start to the first healthy answer


def run(settings: Settings, *, ready: Callable[[str, Credentials], None]) -> None:
    """Start the service, call `ready(url, credentials)` once it answers, and stay until SIGTERM or SIGINT."""
    stop = threading.Event()

    _handle_signals(stop.set)
    service_credentials = load_credentials(settings)
    launcher = None
    try:
        launcher = start(settings)
        _handle_signals(stop.set)  # again: ray.init puts its own SIGTERM handler there, which ends the process without halt()
        wait_until_healthy(settings.url, limit=READY_LIMIT_S, stop=stop)
        if not stop.is_set():
            ready(settings.url, service_credentials)
        _wait_for_stop(stop)
    finally:
        if launcher is not None:
            launcher.stop()
        halt()


def _wait_for_stop(stop: threading.Event) -> None:
    """Wait until `stop` is set, or until the parent process is gone."""
    parent = os.getppid()
    while not stop.wait(PARENT_POLL_INTERVAL_S):
        if os.getppid() != parent:
            log.warning("the parent process is gone: the service stops")
            return


def _handle_signals(act: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: act())


def start(settings: Settings) -> "LlmLauncher | None":
    """Start Ray, the store actor and the Serve application. Joins the cluster of RAY_ADDRESS where that is set.

    Returns the launcher of the language model beside it, None where the profile has none.
    """
    from serve.llm.llm_launcher import LlmLauncher
    from serve.runtime.ray_environment import build_environment, require_free_port

    _halting.clear()
    private_folders.restrict_umask()  # Ray's processes inherit it
    require_free_port(settings)
    for folder in (settings.data_dir, settings.videos_dir, settings.logs_dir, settings.artifacts):
        data_folders.make_private_folder(folder)
    logs.configure_logging(settings.processing_log)
    launcher = LlmLauncher.for_settings(settings)  # a missing environment is an error here, before anything runs
    os.environ.update(build_environment(settings))  # before Ray is imported: Serve reads it at import
    private_folders.prune_sessions(Path(os.environ[private_folders.RAY_TMPDIR]) / private_folders.RAY_FOLDER_NAME)

    import ray
    from ray import serve
    from ray.serve.config import HTTPOptions

    from serve.app import APPLICATION, application
    from serve.store.remote_store import connect_store
    from serve.store.store_actor import NAMESPACE

    address = os.environ.get("RAY_ADDRESS", "local")
    local = _build_cluster_options(profile_loader.load_profile(settings)) if address == "local" else {}
    ray_start.start_ray(address=address, namespace=NAMESPACE, log_to_driver=False, logging_level="WARNING", **local)
    ray_watchdog.start_watchdog(_halting)  # those of a cluster that we joined are not ours
    connect_store(settings.database).tasks.count_by_status()  # a locked or newer file is an error here, not in a replica
    serve.start(proxy_location="HeadOnly", http_options=HTTPOptions(host=settings.host, port=settings.port))
    serve.run(application(settings), name=APPLICATION, route_prefix="/", blocking=False)
    log.info("service started at %s", settings.url)
    if launcher is not None:
        launcher.start(address=ray.get_runtime_context().gcs_address, namespace=NAMESPACE)
    return launcher


def _build_cluster_options(profile: Profile) -> dict[str, Any]:
    """Build the options of a cluster of this machine alone: no dashboard of Ray's, a small object store, room for every replica.

    On few cores the engines take turns; an engine that never got a place would keep a film waiting for ever.
    """
    cpus = max(2, os.cpu_count() or 2, math.ceil(profile.cpus))
    return {"include_dashboard": False, "object_store_memory": OBJECT_STORE_BYTES, "num_cpus": cpus}


def wait_until_healthy(url: str, *, limit: float, stop: threading.Event) -> None:
    """Wait until /health reports the worker alive. DubarrError after `limit` seconds."""
    import httpx

    deadline = time.monotonic() + limit
    while time.monotonic() < deadline and not stop.is_set():
        try:
            if httpx.get(f"{url}/health", timeout=5).json()["worker_alive"]:
                return
        except (httpx.HTTPError, ValueError, KeyError):
            pass  # not up yet
        stop.wait(0.2)
    if not stop.is_set():
        raise DubarrError(f"the service did not answer at {url}/health within {limit:g} s; see its log")


def _release_workers() -> None:
    """Have the workers hand their films back as soon as they are told to stop, also those that would finish them."""
    import ray

    from serve.store.remote_store import RemoteStore
    from serve.store.store_actor import ACTOR_NAME, NAMESPACE

    try:
        RemoteStore(ray.get_actor(ACTOR_NAME, namespace=NAMESPACE)).announce_build(time.time_ns())
    except (ValueError, StoreError) as error:
        log.warning("the workers cannot be told to release their films: %s", error)


def halt() -> None:
    """Shut down gracefully: replicas hand their leases back, the store actor closes its file, Ray ends."""
    import ray
    from ray import serve

    from serve.store.store_actor import ACTOR_NAME, NAMESPACE

    _halting.set()
    if not ray.is_initialized():
        return  # it never started
    log.info("service stops")
    _release_workers()
    serve.shutdown()
    try:
        actor = ray.get_actor(ACTOR_NAME, namespace=NAMESPACE)
        ray.get(actor.close.remote(), timeout=10)
        ray.kill(actor)
    except (ValueError, ray.exceptions.RayError) as error:
        log.warning("the store actor was gone already: %s", error)
    ray.shutdown()
