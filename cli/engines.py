"""`./dubarr engines`: the available engines of each role."""

from typing import TYPE_CHECKING, get_args

import click

from cli import console
from pipeline.engines.protocols import Role

if TYPE_CHECKING:
    from rich.table import Table

    from serve.profile import Profile

ROLES = get_args(Role)
CHOSEN_MARK = "*"


@click.command()
@click.option("--role", type=click.Choice(ROLES), help="Only this role.")
def engines(role: Role | None) -> None:
    """List the engines, by role.

    A star marks those of the chosen profile; in a list of several a number tells which is asked first. VRAM is an estimate, for the default model at its default options. An engine
    is chosen by its role's setting, such as TRANSCRIBER=whisperx, and its model by TRANSCRIBER_MODEL.
    """
    from serve import profile_loader

    chosen = profile_loader.load_profile(console.load_settings())
    results = console.create_stdout_console()
    for number, each in enumerate((role,) if role else ROLES):
        if number:
            results.print()
        results.print(build_engines_table(each, chosen))


def build_engines_table(role: Role, chosen: "Profile") -> "Table":
    """The engines of one role."""
    from rich.table import Table

    from pipeline.engines.registry import engine_classes

    shown = Table(role, "languages", "licence", "extra", "model", "VRAM", "here", box=None, pad_edge=False)
    for name in engine_classes.engine_names(role):
        listed = chosen.engines(role)
        cells = build_engine_row(role, name, is_chosen=name in listed)
        place = f" ({listed.index(name) + 1}.)" if len(listed) > 1 and name in listed else ""
        shown.add_row(cells[0] + place, *cells[1:])
    if chosen.engine(role) == "none":
        shown.add_row(f"{CHOSEN_MARK} none", *[""] * 6)
    return shown


def build_engine_row(role: Role, name: str, *, is_chosen: bool) -> tuple[str, ...]:
    """An engine as the cells of its row; "?" where it does not describe itself."""
    from cli.install import readiness

    called, requirements = f"{CHOSEN_MARK if is_chosen else ' '} {name}", readiness.find_requirements(role, name)
    if requirements is None:
        return called, count_languages(role, name), *["?"] * 4, "?"
    here = all(readiness.is_installed(requirements, module) for module in requirements.modules)
    return (
        called,
        count_languages(role, name),
        requirements.licence,
        requirements.extra,
        requirements.model or " ".join(requirements.models),
        f"{requirements.vram:g} GiB" if requirements.vram else "",
        "yes" if here else f"no: {format_install_command(role, name)}",
    )


def format_install_command(role: Role, name: str) -> str:
    """The command that installs an engine's libraries."""
    return f"{role.upper()}={name} ./dubarr setup"


def count_languages(role: Role, name: str) -> str:
    """The number of languages that an engine supports: pairs of a translator, "any" where it is not limited."""
    from pipeline.engines.registry import language_support

    match role:
        case "translator":
            pairs = language_support.find_pairs(name)
            return "any" if pairs is None else f"{len(pairs)} pairs" if pairs else "its model's"
        case "transcriber" | "synthesizer" | "aligner":
            tags = language_support.find_languages(role, name)
            return "any" if tags is None else str(len(tags))
        case _:
            return "any"
