"""`./dubarr setup`: install a profile's engines and models on this machine."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

import click

from cli import console, machine_probe
from cli.install import engine_environments, environment_pins, model_downloads, readiness
from cli.install.engine_environments import Environment
from cli.install.environment_pins import Kind
from cli.install.install_steps import Step, list_install_steps
from pipeline.errors import DubarrError, ProgramError
from pipeline.filesystem.disk_space import find_existing_folder
from pipeline.processes import subprocesses
from pipeline.settings import Settings

STEP_LIMIT_S = 4 * 3600.0  # s; gigabytes over a slow line
LOG_TAIL_LINES = 15  # lines shown of a step that failed
POLL_INTERVAL_S = 0.2  # s
MIN_ROOM_GB = 2  # GB of disk that a set-up takes at any rate: the largest package while it is unpacked
OFFLINE_ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "PYANNOTE_METRICS_ENABLED": "0"}  # libraries that load must not look for a network

ShowStatus = Callable[[str], None]


@click.command()
@click.option("--profile", help="Which engines, on what hardware: a name in serve/profiles/, or a file.  [default: PROFILE]")
@click.option("--cpu", is_flag=True, help="Install the engines for a CPU, although this machine has a GPU.")
@click.option("--gpu", is_flag=True, help="Install the engines for a GPU, although this machine has none: it builds an image.")
@click.option("--head", is_flag=True, help="Install what the head of a cluster needs, whose engines run on other machines.")
def setup(profile: str | None, cpu: bool, gpu: bool, head: bool) -> None:
    """Make this machine ready for a profile.

    Installs the libraries of its engines, and fetches the weights that they load (./dubarr models lists them): downloaded,
    verified, and kept once for all checkouts in the user's cache folder. Interrupted, it goes on where it stopped; once all is
    done it costs nothing to ask again. PROFILE=draft needs no weights.

    With an NVIDIA driver the engines are installed for the GPU (10 GB of disk; the language model 15 GB more), without one
    for the CPU (4 GB). The usual package index has PyTorch for CUDA alone, gigabytes that a CPU does not need: to avoid
    them, set PIP_EXTRA_INDEX_URL to PyTorch's own index of builds for CPUs before you start.
    """
    if cpu and gpu:
        raise click.UsageError("give --cpu or --gpu, not both")
    settings = console.load_settings({"PROFILE": profile})
    if head:
        wanted = readiness.list_head_environments(settings)
        install_environments(wanted)
        console.say(f"ready: profile {settings.profile}" + ("" if wanted else " needs nothing more"))
    else:
        make_ready(settings, Kind.CPU if cpu else Kind.GPU if gpu else None)


def make_ready(settings: Settings, kind: Kind | None = None) -> None:
    """Install and fetch what the profile of these settings needs and is not here yet, for this machine or another `kind`.

    DubarrError names the failed step and the log.
    """
    here = Kind.CPU if machine_probe.probe_gpus() is None else Kind.GPU
    wanted = readiness.list_environments(settings, kind or here)
    install_environments(wanted)
    models = model_downloads.find_wanted_models(settings)
    model_downloads.fetch(models, settings)
    console.say(f"ready: profile {settings.profile}" + ("" if wanted or models else " needs nothing more"))


def install_environments(wanted: tuple[Environment, ...]) -> None:
    """Install the environments that are missing here, or that were made from outdated pins."""
    pending = [environment for environment in wanted if not engine_environments.is_up_to_date(environment)]
    if pending:
        with lock_setup() as said:
            for environment in pending:
                if not engine_environments.is_up_to_date(environment):  # another set-up may have made it while this one waited
                    make_environment(environment, said)


def make_environment(environment: Environment, said: IO[bytes]) -> None:
    """Install an environment, step by step. `said`: the log. The stamp is completed last: an interrupted set-up is repeated."""
    folder = environment.folder
    require_room(environment, shutil.disk_usage(find_existing_folder(folder)).free / 1e9)
    if folder.is_dir():
        if any(folder.iterdir()) and not (folder / "pyvenv.cfg").is_file():
            raise DubarrError(
                f"setup: {folder} holds something else than a virtual environment; give {environment.setting} another folder"
            )
        engine_environments.record_installation(environment, finished=False)
    for step in list_install_steps(environment):
        run_step(step, said)
    engine_environments.record_installation(environment, finished=True)


def require_room(environment: Environment, free: float) -> None:
    """DubarrError where `free`, the GB that its disk has left, are too little for an environment."""
    needed = engine_environments.ROOM_GB[environment.kind]
    if environment_pins.read_stamp(environment.folder):  # part of it is there, and is changed rather than added to
        needed = max(MIN_ROOM_GB, needed - machine_probe.measure_folder_bytes(environment.folder) // 10**9)
    if free < needed:
        raise DubarrError(
            f"setup: {environment.folder} needs {needed} GB, and its disk has {free:.1f} GB free; make room there, "
            f"or put the environment on another disk with {environment.setting}"
        )


def run_step(step: Step, said: IO[bytes]) -> None:
    """Run one step, showing its description and the log's last line. DubarrError, with the end of the log, where it fails."""
    began, start = time.monotonic(), said.seek(0, os.SEEK_END)
    said.write(f"── {step.words}\n".encode())
    try:
        with (
            subprocesses.start_process(
                step.args, timeout=STEP_LIMIT_S, stdout=said.fileno(), log=said, env=build_setup_environment()
            ) as process,
            _show_status(step.words) as show,
        ):
            while process.poll() is None:
                show(f"{step.words} … {time.monotonic() - began:.0f} s  {_read_last_line(said)}")
                time.sleep(POLL_INTERVAL_S)
    except ProgramError as error:
        said.seek(start)
        end = "\n".join(said.read().decode("utf-8", "replace").splitlines()[-LOG_TAIL_LINES:])
        raise DubarrError(f'{end}\nthe set-up stopped at "{step.words}"; all it said is in {said.name}') from error
    console.say(f"dubarr: {step.words} … {time.monotonic() - began:.0f} s")


def build_setup_environment() -> dict[str, str]:
    """Environment variables for pip: ours without PYTHONPATH, whose folders pip would take for installed packages."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | OFFLINE_ENVIRONMENT


@contextmanager
def lock_setup() -> Iterator[IO[bytes]]:
    """Lock the set-up for the block, and give its log: a second set-up waits, and so does ./dubarr's own."""
    from serve.runtime.data_folders import make_private_folder

    folder = console.find_home_folder() / "logs"
    make_private_folder(folder)
    for name in ("setup.lock", "setup.log"):
        (folder / name).touch(mode=0o600)
    with (folder / "setup.lock").open("ab") as lock, (folder / "setup.log").open("a+b", buffering=0) as said:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield said


@contextmanager
def _show_status(words: str) -> Iterator[ShowStatus]:
    terminal = console.create_stderr_console()
    if not terminal.is_terminal:
        yield lambda _: None
        return
    with terminal.status(words) as status:
        yield status.update


def _read_last_line(said: IO[bytes]) -> str:
    size = said.seek(0, os.SEEK_END)
    said.seek(max(0, size - 500))
    lines = said.read().decode("utf-8", "replace").splitlines()
    return lines[-1][:70] if lines else ""
