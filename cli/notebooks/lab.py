"""`./dubarr lab`: the notebooks in JupyterLab, beside the running service."""

import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cli import console
from pipeline.errors import DubarrError, NotPossible
from pipeline.processes import subprocesses

ROOT = Path(__file__).parents[2]
ORIGINALS = ROOT / "notebooks"

JUPYTER_CONFIG_DIR = Path(__file__).parents[1] / "jupyter"  # no question about news, and so no look for any

# Bound to this machine, with a token of Jupyter's own making; extensions come from our pins and not from a button.
JUPYTER_OPTIONS = (
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.allow_remote_access=False",
    "--ServerApp.answer_yes=True",  # to Ctrl-C
    "--LabApp.extension_manager=readonly",
)


@click.command()
@click.option("--browser/--no-browser", default=True, help="Open a browser, or only say the address.  [default: open one]")
@click.option("--port", type=click.IntRange(1, 65535), default=8888, show_default=True, help="JupyterLab's own port.")
def lab(browser: bool, port: int) -> None:
    """Open the notebooks in JupyterLab.

    They ask the service that runs; where there is none, one is started for them, and stopped afterwards. You work on
    copies in DATA_DIR/notebooks: those that you changed are never overwritten; delete one to get ours again.
    """
    from cli.dub import use_service
    from cli.notebooks.notebook_copies import copy_notebooks
    from serve.runtime.data_folders import make_private_folder

    if importlib.util.find_spec("jupyterlab") is None:
        raise NotPossible("JupyterLab is not installed here; ./dubarr lab installs it, or: pip install 'dubarr[lab]'")
    settings = console.load_settings()
    make_private_folder(settings.data_dir)
    desk = settings.data_dir / "notebooks"
    for name in copy_notebooks(ORIGINALS, desk).outdated:
        console.say(f"{name} is yours and stays as it is; there is a newer one: delete or rename {desk / name} to get it")
    with use_service(settings, ()) as found:
        console.say(f"the service is at {found.url}/; the notebooks are in {desk}; Ctrl-C ends JupyterLab")
        with _leave_interrupt_to_jupyter():
            code = subprocesses.run_on_terminal(
                build_jupyter_command(desk, browser=browser, port=port), env=build_jupyter_environment()
            )
    if code not in {0, -signal.SIGINT}:  # interrupted before it was up
        raise DubarrError(f"JupyterLab ended with code {code}; what it said stands above")


def build_jupyter_command(desk: Path, *, browser: bool, port: int) -> list[str]:
    """JupyterLab over one folder. It tries the next ports where `port` is taken."""
    args = [
        sys.executable,
        "-P",
        "-m",
        "jupyterlab",
        *JUPYTER_OPTIONS,
        f"--ServerApp.root_dir={desk}",
        f"--ServerApp.port={port}",
    ]
    if not browser:
        args.append("--no-browser")
    if os.geteuid() == 0:  # in a container; Jupyter wants to be told
        args.append("--allow-root")
    return args


def build_jupyter_environment() -> dict[str, str]:
    """Ours, with what leads JupyterLab to our configuration, and a kernel to our packages, our service and this very Python."""
    ours = {"PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_PATH": str(JUPYTER_CONFIG_DIR)}
    before = {name: os.pathsep.join([path, *filter(None, [os.environ.get(name)])]) for name, path in ours.items()}
    return {**os.environ, **before, "DUBARR_HOME": str(console.find_home_folder()), "JUPYTER_PREFER_ENV_PATH": "1"}


@contextmanager
def _leave_interrupt_to_jupyter() -> Iterator[None]:
    """Ctrl-C reaches JupyterLab too, which saves and ends its kernels; we wait for that."""
    before = signal.signal(signal.SIGINT, lambda number, frame: None)  # a handler, for a child would inherit being ignored
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
