"""`./dubarr redeploy`: a new release, or other settings, while films go on."""

import os
import sys
import threading
from pathlib import Path

import click

from cli import console
from cli.install import model_downloads, readiness
from cli.service import process as service
from pipeline.errors import NotPossible
from pipeline.processes import subprocesses
from pipeline.settings import Settings
from serve import bootstrap
from serve.runtime import state_file, supervisor
from serve.runtime.state_file import Service


@click.command()
@click.option("--inside", is_flag=True, hidden=True, help="This process has the service's environment.")
def redeploy(inside: bool) -> None:
    """Deploy a new release or other settings, while films go on.

    Store actor, engines, workers and web server are replaced one after the other by what is in Dubarr's folder and its `.env` now;
    the store is copied first. A film at work is handed over and repeats no finished stage. HOST, PORT, DATABASE, a new Ray or
    Python, and vLLM's model need `./dubarr stop` and `./dubarr serve`.
    """
    found = require_ready_service(console.load_settings())
    if not inside:
        sys.exit(run_in_service_environment(found))
    settings = console.load_settings()
    if settings.url != found.url:
        raise NotPossible(f"it is at {found.url}, and its settings say {settings.url} now: ./dubarr stop, then serve")
    readiness.require_engines(settings)
    model_downloads.fetch_for_start(settings)
    from serve.redeploy import redeploy as replace

    replace(settings, found.ray, say=lambda part: console.say(f"replacing {part} …"))
    bootstrap.wait_until_healthy(settings.url, limit=bootstrap.READY_LIMIT_S, stop=threading.Event())
    console.say(f"Dubarr at {settings.url}/ is what stands in its folder now")


def require_ready_service(settings: Settings) -> Service:
    """The service that runs, once it is ready. NotPossible where there is none."""
    found = service.wait_ready(settings, state_file.require_service(settings))
    if not found.ray or found.layout != state_file.LAYOUT_VERSION:
        raise NotPossible(
            "the service that runs is of a release that cannot be replaced piece by piece: ./dubarr stop, then serve"
        )
    return found


def run_in_service_environment(found: Service) -> int:
    """Run the redeployment in a process with the environment and the folder of the service, whose settings may be its own."""
    hosts = [pid for pid in state_file.list_processes() if state_file.find_parent(pid) == found.pid]
    if not hosts:
        raise NotPossible("the service is restarting; try again in a minute")
    environment, folder = read_service_environment(min(hosts))
    os.chdir(folder)
    return subprocesses.run_on_terminal(supervisor.build_command("redeploy", "--inside"), env=environment)


def read_service_environment(pid: int) -> tuple[dict[str, str], Path]:
    """The environment that a process of ours was started with, and the folder that it is in."""
    process = Path(f"/proc/{pid}")
    pairs = (os.fsdecode(each).partition("=") for each in (process / "environ").read_bytes().split(b"\0") if each)
    return {name: value for name, _, value in pairs}, (process / "cwd").readlink()
