"""`./dubarr serve` and `./dubarr stop`."""

import logging
import os
import sys
from typing import TYPE_CHECKING

import click

from cli import console
from cli.service import process
from pipeline.settings import Settings
from serve.runtime import state_file

if TYPE_CHECKING:
    from serve.auth.credentials import Credentials

log = logging.getLogger("serve.runtime.data_folders")  # the service's own log takes in its packages' records


@click.command()
@click.option("--detach", is_flag=True, help="Leave it running in the background; `./dubarr stop` ends it.")
@click.option("--profile", help="Which engines, on what hardware: a name in serve/profiles/, or a file.")
@click.option("--host", help="Address to listen on.  [default: HOST, else 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: PORT, else 8000]")
@click.option("--supervised", is_flag=True, hidden=True, help="Be the process that the supervisor keeps going.")
def serve(detach: bool, profile: str | None, host: str | None, port: int | None, supervised: bool) -> None:
    """Run the service: dashboard, API and worker.

    A supervisor restarts it when it, or its Ray, dies.
    """
    overrides = {"PROFILE": profile, "HOST": host, "PORT": str(port) if port else None}
    from serve.runtime import private_folders

    private_folders.restrict_umask()
    settings = console.load_settings(overrides)
    given = {name: value for name, value in overrides.items() if value}
    if detach:
        start_detached(settings, given)
    elif supervised:
        run_supervised(settings)
    else:
        run_in_foreground(settings, given)


def start_detached(settings: Settings, overrides: dict[str, str]) -> state_file.Service:
    """Start the service in the background, and print its address and user."""
    from cli.install import model_downloads, readiness
    from serve.auth.credentials import load_credentials

    process.refuse_second(settings)
    readiness.require_engines(settings)
    model_downloads.fetch_for_start(settings)
    who = load_credentials(settings)  # made here where they are new, so that the password meets a terminal and not a log
    with console.show_spinner("starting the service (about half a minute)"):
        started = process.start_service(settings, overrides)
    print_welcome(started.url, who)
    console.say("./dubarr status shows its tasks, ./dubarr logs what it does, ./dubarr stop ends it")
    return started


def run_in_foreground(settings: Settings, overrides: dict[str, str]) -> None:
    """Keep the service going, until Ctrl-C or SIGTERM."""
    from cli.install import model_downloads, readiness
    from serve.runtime import data_folders, supervisor

    process.refuse_second(settings)
    readiness.require_engines(settings)
    model_downloads.fetch_for_start(settings)
    data_folders.prepare_folders(settings, console.find_home_folder())
    try:
        code = supervisor.supervise(settings, supervisor.build_command("serve", "--supervised"), {**os.environ, **overrides})
    finally:
        state_file.forget_state(settings)
    if code:
        sys.exit(code)


def run_supervised(settings: Settings) -> None:
    """Run the service in this process, under a supervisor. The state file names the parent process, the supervisor."""
    from serve import bootstrap as host
    from serve.runtime import data_folders, local_ray

    def ready(url: str, who: "Credentials") -> None:
        state_file.write_state(settings, ready=True, pid=os.getppid(), ray=local_ray.find_address())
        print_welcome(url, who)
        for sentence in data_folders.find_open_paths(settings, console.find_home_folder()):
            log.warning("folders: %s", sentence)

    host.run(settings, ready=ready)


def print_welcome(url: str, who: "Credentials") -> None:
    """Print the dashboard's address. The password is shown only when it was just made."""
    console.say(f"Dubarr is at {url}/ (user: {who.user})")
    if who.new:
        console.say(f"its new password, shown this once: {who.password}")


@click.command()
def stop() -> None:
    """Stop the service.

    What it was dubbing goes on at the next start.
    """
    found = state_file.find_service(console.load_settings())
    if found is None:
        console.say("no service runs here")
        return
    with console.show_spinner("stopping the service"):
        process.stop_service(found)
    console.say("stopped")
