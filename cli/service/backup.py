"""`./dubarr backup` and `./dubarr restore`: copies of the database."""

from pathlib import Path

import click

from cli import console
from cli.service import process
from pipeline.errors import NotPossible
from pipeline.settings import Settings
from pipeline.store.database import backups
from pipeline.store.database.connection import require_store_file
from pipeline.store.store import Store
from serve.runtime import state_file
from serve.runtime.private_folders import restrict_umask


@click.command()
@click.option(
    "--to", type=click.Path(path_type=Path, file_okay=False), help="Put it in this folder instead of `backups` beside the store."
)
def backup(to: Path | None) -> None:
    """Copy the store, while the service works.

    Every task that was acknowledged before is in the copy. Films, artifacts and finished dubs are files of their own:
    back them up as files. One is made by itself each day, and before every upgrade of the store.
    """
    restrict_umask()
    settings = console.load_settings()
    found = state_file.find_service(settings)
    if found is None:
        made = _backup_without_service(settings, to)
    else:
        with process.open_client(settings, found) as client:
            made = Path(client.backup()["path"])
        made = _move_backup(made, to) if to else made
    console.create_stdout_console().print(str(made))


@click.command()
@click.argument("copy", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False, metavar="[BACKUP]")
@click.option("--without-log", is_flag=True, help="Keep the file that is there, and set aside only its damaged log.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(copy: Path | None, without_log: bool, yes: bool) -> None:
    """Put a copy of the store in its place; without one, the newest of `backups` beside it.

    Nothing is lost: what is there now moves aside. Tasks that came after the copy are not in it: their films can be given
    again, and are then dubbed from what lies in the cache.
    """
    restrict_umask()
    settings = console.load_settings()
    if found := state_file.find_service(settings):
        raise NotPossible(f"the service runs (process {found.pid}); first ./dubarr stop")
    database = settings.database
    chosen = None if without_log else copy or backups.find_newest_backup(database)
    if chosen is None and not without_log:
        raise NotPossible(f"there is no backup in {backups.backup_folder_of(database)}; name one, or give --without-log")
    if chosen is not None:
        require_store_file(chosen)
    if not yes:
        click.confirm(console.escape_line(_format_question(chosen, database)), abort=True)
    aside = backups.move_wal_aside(database) if chosen is None else backups.restore_backup(chosen, database)
    if aside:
        console.say(f"what was there is now {aside}")
    console.create_stdout_console().print(_describe_store(database))


def _format_question(chosen: Path | None, database: Path) -> str:
    what = f"the log of {database} set aside, with all since its last checkpoint" if chosen is None else f"{chosen} be {database}"
    return f"Shall {what}?"


def _backup_without_service(settings: Settings, to: Path | None) -> Path:
    if not settings.database.exists():
        raise NotPossible(f"there is no store at {settings.database} yet")
    store = Store(settings.database)
    try:
        return store.backup(to)
    finally:
        store.close()


def _move_backup(made: Path, to: Path) -> Path:
    copy = backups.copy_closed_file(made, to / made.name)
    made.unlink()
    return copy


def _describe_store(database: Path) -> str:
    """The number of tasks in the store by status, as a line. StoreError where it cannot be opened."""
    store = Store(database)
    try:
        stats = store.tasks.count_by_status()
    finally:
        store.close()
    return f"{sum(stats.values())} tasks: " + ", ".join(f"{count} {status}" for status, count in stats.items())
