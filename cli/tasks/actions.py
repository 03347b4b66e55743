"""`./dubarr retry`, `cancel`, `purge` and `delete`: actions on one task, or on many at once."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from cli import console
from cli.arguments.parameter_types import TASK_ID
from cli.service import process
from pipeline.values.tasks import TaskStatus
from serve.client.client import Client
from serve.runtime import state_file

BATCH_TASKS = 500  # that one request of the API may name
Command = Callable[..., None]
STATUS_NAMES = [status.lower() for status in TaskStatus]


def _choose_tasks(command: Command) -> Command:
    """Declare the arguments that choose tasks: their ids, or all of a status, of a search, or of both."""
    for declare in (
        click.option("--yes", is_flag=True, help="Do not ask before the tasks of --status or --search are changed."),
        click.option("--search", metavar="WORDS", help="All tasks with these words in their film's path."),
        click.option("--status", type=click.Choice(STATUS_NAMES, case_sensitive=False), help="All tasks in this status."),
        click.argument("task_ids", type=TASK_ID, nargs=-1, metavar="[ID]..."),
    ):
        command = declare(command)
    return command


@click.command()
@_choose_tasks
def retry(**choice: Any) -> None:
    """Queue failed tasks again: `retry 7 9`, `retry --status error`.

    What they had finished is not repeated.
    """
    _change_tasks("retry", **choice)


@click.command()
@_choose_tasks
def cancel(**choice: Any) -> None:
    """End tasks that wait or are at work: `cancel 7 9`, `cancel --status queued`.

    What they have finished stays: `retry` goes on from there.
    """
    _change_tasks("cancel", **choice)


@click.command()
@_choose_tasks
def purge(**choice: Any) -> None:
    """Do all of tasks again, from the start: `purge 7 9`."""
    _change_tasks("purge", **choice)


@click.command()
@_choose_tasks
def delete(**choice: Any) -> None:
    """Remove tasks; the films on disk stay: `delete 7 9`, `delete --status done`."""
    _change_tasks("delete", **choice)


def _change_tasks(action: str, *, task_ids: tuple[int, ...], status: str | None, search: str | None, yes: bool) -> None:
    if bool(task_ids) == bool(status or search):
        raise click.UsageError("name the IDs of tasks, or choose them by --status or --search")
    settings = console.load_settings()
    with process.open_client(settings, state_file.require_service(settings)) as client:
        if task_ids:
            named = run_action(client, action, task_ids)
            sys.exit(0 if named == len(task_ids) else 1)
        ids = client.task_ids(status=status.upper() if status else None, search=search)
        if ids and not yes:
            click.confirm(f"{action} {len(ids)} tasks? (--yes does not ask)", err=True, abort=True)
        run_action(client, action, ids)


def run_action(client: Client, action: str, ids: Sequence[int]) -> int:
    """Run an action on tasks, say what was refused and why, and return how many tasks were changed."""
    changed = 0
    for first in range(0, len(ids), BATCH_TASKS):
        for outcome in client.change_many(action, ids[first : first + BATCH_TASKS]):
            changed += outcome["changed"]
            if not outcome["changed"]:
                console.say(f"task {outcome['id']}: {outcome['message']}")
    console.say(f"{action} done for {changed} of {len(ids)} tasks")
    return changed
