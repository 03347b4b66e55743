"""`./dubarr ray`: Ray's own command, with what a node of Dubarr's needs around it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from cli import screen, service
from pipeline import programs
from pipeline.errors import DubarrError
from pipeline.settings import Settings

ALWAYS = {"RAY_AUTH_MODE": "token", "RAY_USAGE_STATS_ENABLED": "0"}  # where nothing else is said


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("ray_args", nargs=-1, type=click.UNPROCESSED)
def ray(ray_args: tuple[str, ...]) -> None:
    """Ray's own command, for clusters of several machines.

    `up FILE` looks into the file first, `start` makes this machine a node that Dubarr can use, `stop` ends the service that
    runs here as well. Everything else is as Ray has it; its nodes know each other by a token.
    """
    settings = screen.load_settings()
    match ray_args:
        case "up", *rest:
            refuse_mistakes(rest)
        case "stop", *_:
            end_service(settings)
        case _:
            pass
    program = Path(sys.executable).parent / "ray"
    sys.exit(programs.attached([str(program), *ray_args], env=surroundings(ray_args, settings, os.environ)))


def surroundings(ray_args: tuple[str, ...], settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """What Ray's command finds around it: ours, its token, and for a node all that Serve will read there."""
    from serve import transport

    node = transport.environment(settings, cluster=True) if ray_args[:1] == ("start",) else {}
    return {**ALWAYS, **environment, **node}


def refuse_mistakes(args: list[str]) -> None:
    """DubarrError where a file that `ray up` is given would make no cluster that works."""
    from cli import cluster_checks

    for path in (Path(arg) for arg in args if not arg.startswith("-")):
        if path.is_file() and (found := cluster_checks.mistakes(path)):
            raise DubarrError("\n".join(("this cluster would not work:", *(f"  {path.name}: {each}" for each in found))))


def end_service(settings: Settings) -> None:
    """End the service that runs on this machine: its films' leases are handed back before Ray's processes go."""
    if found := service.running(settings):
        with screen.waiting("stopping the service"):
            service.stop(found)
