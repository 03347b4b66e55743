"""`./dubarr ray`: Ray's own command, with what a node of Dubarr's needs around it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from cli import console
from cli.service import process
from pipeline.errors import DubarrError
from pipeline.processes import subprocesses
from pipeline.settings import Settings
from serve.runtime import state_file

# Those that reach machines over ssh, from a computer that need not be one of them.
LAUNCHER_COMMANDS = frozenset(
    {"up", "down", "attach", "exec", "submit", "monitor", "get-head-ip", "get-worker-ips"}
    | {f"rsync{sign}{way}" for sign in "-_" for way in ("up", "down")}
)
DEFAULT_ENVIRONMENT = {"RAY_AUTH_MODE": "token", "RAY_USAGE_STATS_ENABLED": "0"}  # where nothing else is said


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("ray_args", nargs=-1, type=click.UNPROCESSED)
def ray(ray_args: tuple[str, ...]) -> None:
    """Ray's own command, for clusters of several machines.

    `up FILE` looks into the file first, `start` makes this machine a node that Dubarr can use, `stop` ends the service that
    runs here as well. Everything else is as Ray has it; its nodes know each other by a token.
    """
    from serve.runtime import private_folders

    private_folders.restrict_umask()  # also what Ray writes itself: its logs, its token
    settings = console.load_settings()
    if ray_args[:1] and ray_args[0] in LAUNCHER_COMMANDS:
        private_folders.require_private_ssh_sockets()
    match ray_args:
        case "up", *rest:
            refuse_mistakes(rest)
        case "stop", *_:
            end_service(settings)
        case _:
            pass
    program = Path(sys.executable).parent / "ray"
    environment = build_ray_environment(ray_args, settings, os.environ)
    folder = Path(environment[private_folders.RAY_TMPDIR]) / private_folders.RAY_FOLDER_NAME
    if ray_args[:1] == ("start",):
        private_folders.prune_sessions(folder)
    sys.exit(subprocesses.run_on_terminal([str(program), *add_temp_dir(ray_args, folder)], env=environment))


def add_temp_dir(ray_args: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """Ray's arguments, with the folder that it works in: a node would otherwise take the head's, by its name."""
    if ray_args[:1] != ("start",) or any(word.partition("=")[0] in {"--temp-dir", "--help"} for word in ray_args):
        return ray_args
    return (*ray_args, f"--temp-dir={folder}")


def build_ray_environment(ray_args: tuple[str, ...], settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of Ray's command: ours, its token, its private folder, and for a node all that Serve will read there."""
    from serve.runtime import private_folders, ray_environment

    if ray_args[:1] == ("start",):
        return {**DEFAULT_ENVIRONMENT, **environment, **ray_environment.build_environment(settings, cluster=True)}
    if {*ray_args[:1]} & LAUNCHER_COMMANDS:
        ours = private_folders.make_user_folder()
        # `ray up` believes a copy of the cluster file that it finds in the temporary folder, and runs the commands in it.
        environment = {**environment, "TMPDIR": str(ours)}
    else:
        ours = ray_environment.make_service_folder(settings)
    return {**DEFAULT_ENVIRONMENT, **environment, private_folders.RAY_TMPDIR: str(private_folders.find_ray_tmpdir(ours))}


def refuse_mistakes(args: list[str]) -> None:
    """DubarrError where a file that `ray up` is given would make no cluster that works."""
    from cli.cluster import checks

    for path in (Path(arg) for arg in args if not arg.startswith("-")):
        if path.is_file() and (found := checks.find_mistakes(path)):
            raise DubarrError("\n".join(("this cluster would not work:", *(f"  {path.name}: {each}" for each in found))))


def end_service(settings: Settings) -> None:
    """End the service that runs on this machine: its films' leases are handed back before Ray's processes go."""
    if found := state_file.find_service(settings):
        with console.show_spinner("stopping the service"):
            process.stop_service(found)
