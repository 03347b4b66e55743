"""Model downloads: the weights that a profile needs, fetched with one progress bar over all of them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from cli import console as screen
from cli.install import readiness
from pipeline.errors import DubarrError
from pipeline.models.catalogue import Model, shipped_catalogue
from pipeline.models.download import download_models
from pipeline.models.download_context import DownloadContext, Progress
from pipeline.models.folders import Folders
from pipeline.models.verification import State, verify_model
from pipeline.settings import Settings

MB = 1_000_000


def find_wanted_models(settings: Settings) -> tuple[Model, ...]:
    """The models of the catalogue that the settings' profile loads. DubarrError where it names none that there is."""
    from serve import profile_loader

    catalogue = shipped_catalogue()
    names = readiness.list_wanted_models(profile_loader.load_profile(settings))
    if unknown := [name for name in names if name not in catalogue]:
        raise DubarrError(f"profile {settings.profile} wants the model {unknown[0]}, which is not in the catalogue of weights")
    return tuple(catalogue[name] for name in names)


def fetch_for_start(settings: Settings) -> None:
    """Fetch what the profile needs before the service starts: the first time, or after a new catalogue.

    DubarrError names the command where it is a large model, which only `./dubarr setup` fetches. In a cluster of several
    machines (RAY_ADDRESS) the engines' nodes answer for themselves.
    """
    if readiness.is_in_cluster():
        return
    wanted, folders = find_wanted_models(settings), Folders(settings.models_dir)
    for model in wanted:
        if model.only_by_setup and verify_model(model, folders).state is not State.VERIFIED:
            raise DubarrError(
                f"profile {settings.profile} needs the model {model.name} ({model.size / MB:.0f} MB), which is not here yet; "
                f"run: {readiness.format_setup_command(settings)}"
            )
    fetch(wanted, settings)


def fetch(models: Iterable[Model], settings: Settings) -> None:
    """Fetch models with a progress bar. ModelFetchError in one sentence with the way out."""
    wanted, folders = tuple(models), Folders(settings.models_dir)
    pending = [model for model in wanted if not verify_model(model, folders).is_usable]
    if not pending:
        return
    size = sum(model.size for model in pending) / MB
    screen.say(f"fetching {', '.join(model.name for model in pending)} ({size:.0f} MB) into {folders.cache}; this happens once")
    with _progress_bar() as report:
        download_models(pending, DownloadContext(folders, report=report), on_wait=_say_waiting)


def _say_waiting() -> None:
    screen.say("another process is fetching models; waiting for it")


@contextmanager
def _progress_bar() -> Iterator[Callable[[Progress], None]]:
    """One bar over the bytes of all archives; nothing without a terminal."""
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(24), DownloadColumn(), TimeRemainingColumn(compact=True), TextColumn("{task.description}"))
    console = screen.create_stderr_console()
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def report(progress: Progress) -> None:
            bar.update(task, completed=progress.done, total=progress.total, description=screen.escape_line(progress.words))

        yield report
