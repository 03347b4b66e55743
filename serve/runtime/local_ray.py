"""Ray for a client's own work: a small one on this machine, for notebooks and rehearsals, apart from the service's; or a
place in the service's own, for what goes on beside it.
"""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from serve.runtime import private_folders, ray_start

OBJECT_STORE = 128 << 20  # bytes: tables of results, no sound


def start(*, cpus: float = 2, gpus: float = 0) -> ModuleType:
    """Ray, started in the place of what this process started before, and Ray Data with it, both without their chatter.

    `cpus`, `gpus`: what Ray counts, whatever is there. It listens on this machine's own address only, and joins no cluster,
    whatever RAY_ADDRESS says.
    """
    ray = _quiet(this_machine=True)
    if ray.is_initialized():
        ray.shutdown()
    folder = private_folders.find_ray_tmpdir(private_folders.make_user_folder()) / private_folders.RAY
    private_folders.prune_sessions(folder)
    ray_start.begin(
        address="local",
        _temp_dir=str(folder),
        num_cpus=cpus,
        num_gpus=gpus,
        include_dashboard=False,
        object_store_memory=OBJECT_STORE,
        log_to_driver=False,
        logging_level="ERROR",
    )
    _calm_data()
    return ray


def join(address: str) -> ModuleType:
    """The Ray at an address (host:port), with this process as one more driver. It comes in a second, where `start` takes ten.

    The connection ends with the service's Ray, and this process may end with it.
    """
    this_machine = address.startswith("127.0.0.1:")
    if not this_machine or has_auth_token():
        os.environ.setdefault("RAY_AUTH_MODE", "token")  # as a service in a cluster has it, and any other where a token lies
    ray = _quiet(this_machine=this_machine)
    with _mute_stderr():
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    _calm_data()
    return ray


def has_auth_token() -> bool:
    """True where Ray finds an authentication token: a cluster that starts here then asks drivers for it, unless told otherwise."""
    named = any(name in os.environ for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"))
    return named or private_folders.find_ray_token_file().is_file()


def _quiet(*, this_machine: bool) -> ModuleType:
    """Ray, imported without its chatter."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if this_machine:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # so Ray takes 127.0.0.1 for this machine: see ray_patches.py
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # its core would write below the cells what only its makers need
    logging.getLogger("ray.widgets.util").setLevel(logging.ERROR)  # it misses ipywidgets for bars, which are off
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")  # so does tqdm

        import ray

        logging.getLogger("ray").setLevel(logging.ERROR)
        import ray.data
    module: ModuleType = ray
    return module


@contextmanager
def _mute_stderr() -> Iterator[None]:
    """Nothing on stderr, from Python or from below it: Ray's core announces its log level there."""
    before, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nothing)


def _calm_data() -> None:
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False


def address() -> str:
    """Address at which the Ray of this process takes drivers, for `join`."""
    import ray

    return str(ray.get_runtime_context().gcs_address)


def stop() -> None:
    """End it and everything that runs on it."""
    import ray

    ray.shutdown()
