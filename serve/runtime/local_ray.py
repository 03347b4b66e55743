"""Local Ray of a client: a small one on this machine for notebooks and sweeps, apart from the service's; or a driver in the
service's own.
"""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from serve.runtime import private_folders, ray_patches, ray_start

OBJECT_STORE_BYTES = 128 << 20  # bytes: tables of results, no sound


def start(*, cpus: float = 2, gpus: float = 0) -> ModuleType:
    """Start Ray, in place of the one that this process started before, and Ray Data, both without progress bars and notices.

    `cpus`, `gpus`: the numbers that Ray counts with, whatever the machine has. It listens on this machine's own address only, and joins no cluster,
    whatever RAY_ADDRESS says.
    """
    ray = _import_ray(this_machine=True)
    if ray.is_initialized():
        ray.shutdown()
    folder = private_folders.find_ray_tmpdir(private_folders.make_user_folder()) / private_folders.RAY_FOLDER_NAME
    private_folders.prune_sessions(folder)
    ray_start.start_ray(
        address="local",
        _temp_dir=str(folder),
        num_cpus=cpus,
        num_gpus=gpus,
        include_dashboard=False,
        object_store_memory=OBJECT_STORE_BYTES,
        log_to_driver=False,
        logging_level="ERROR",
    )
    _silence_ray_data()
    ray_patches.silence_messages_of_workers()
    return ray


def join(address: str) -> ModuleType:
    """Join the Ray at an address (host:port), with this process as one more driver. It takes a second, where `start` takes ten.

    The connection ends with the service's Ray, and this process may end with it.
    """
    this_machine = address.startswith("127.0.0.1:")
    if not this_machine or has_auth_token():
        os.environ.setdefault("RAY_AUTH_MODE", "token")  # as a service in a cluster has it, and any other where a token lies
    ray = _import_ray(this_machine=this_machine)
    with _mute_stderr():
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    _silence_ray_data()
    ray_patches.silence_messages_of_workers()
    return ray


def has_auth_token() -> bool:
    """True if Ray finds an authentication token: a cluster that starts here then requires it of drivers, unless RAY_AUTH_MODE is set."""
    named = any(name in os.environ for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"))
    return named or private_folders.find_ray_token_file().is_file()


def _import_ray(*, this_machine: bool) -> ModuleType:
    """Import Ray and Ray Data without their notices."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if this_machine:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # so Ray takes 127.0.0.1 for this machine: see ray_environment.py
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # its core would write its own log below the cells
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
    """Discard stderr, of Python and of native code: Ray's core announces its log level there."""
    before, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nothing)


def _silence_ray_data() -> None:
    """Turn off Ray Data's progress bars and notices."""
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False


def find_address() -> str:
    """Find the address at which the Ray of this process takes drivers, for `join`."""
    import ray

    return str(ray.get_runtime_context().gcs_address)


def stop() -> None:
    """Shut down the Ray that this process started, with all that runs on it, or leave the one that it joined."""
    import ray

    ray.shutdown()
