"""`./dubarr image`: tries the steps of the Dockerfile without a container runtime."""

import os
from pathlib import Path

import click

from cli import console
from pipeline.errors import DubarrError
from tools.container.chroot_build import Step, plan_steps, run_step
from tools.container.dockerfile import parse_dockerfile

ROOT = Path(__file__).parents[1]


@click.command()
@click.argument("root", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--set", "given", metavar="NAME=VALUE", multiple=True, help="An ARG of the Dockerfile, or a variable of all steps.")
@click.option(
    "--bind", "binds", multiple=True, type=click.Path(exists=True, path_type=Path), help="A path of this machine to show."
)
def image(root: Path, given: tuple[str, ...], binds: tuple[Path, ...]) -> None:
    """Try the steps of the Dockerfile in ROOT, a Debian made by debootstrap.

    They are read from the Dockerfile itself and run by chroot, as root. --bind shows a package index or /etc/resolv.conf:

      debootstrap --variant=minbase bookworm ROOT
      ./dubarr image ROOT --bind /etc/resolv.conf
    """
    if os.geteuid() != 0:
        raise DubarrError("chroot and mount are for root alone; run this with sudo")
    values = dict(each.partition("=")[::2] for each in given)
    for step in plan_steps(parse_dockerfile((ROOT / "Dockerfile").read_text("utf-8")), values):
        console.say(f"── {step.user}: {step.command[:110]}" if isinstance(step, Step) else f"── copy to {step.target}")
        run_step(step, root.resolve(), ROOT, [each.resolve() for each in binds])
    console.say(f"all steps are done in {root}")
