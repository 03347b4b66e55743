"""`./dubarr status`, and what can be done to a task: retry, purge, delete."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cli import screen, service
from cli.follow import TaskJson

if TYPE_CHECKING:
    from rich.table import Table

SHOWN = 20  # newest tasks in the list


@click.command()
@click.argument("task_id", type=int, required=False, metavar="[ID]")
def status(task_id: int | None) -> None:
    """What the service does, or one task with its stages."""
    settings = screen.load_settings()
    found = service.require(settings)
    with service.client(settings, found) as client:
        if task_id is not None:
            task = client.task(task_id)
            screen.results().print(summary(task))
            screen.results().print(stages_table(task["stages"]))
            return
        health = client.health()
        engines = ", ".join(f"{name} {state.lower()}" for name, state in health["engine_statuses"].items())
        screen.say(
            f"{found.url}/ (process {found.pid}); the worker is {'alive' if health['worker_alive'] else 'not there'}; {engines}"
        )
        screen.results().print(tasks_table(client.tasks()[:SHOWN]))


@click.command()
@click.argument("task_id", type=int, metavar="ID")
def retry(task_id: int) -> None:
    """Queue a failed task again.

    What it had finished is not repeated.
    """
    _act("retry", task_id)


@click.command()
@click.argument("task_id", type=int, metavar="ID")
def purge(task_id: int) -> None:
    """Do all of a task again, from the start."""
    _act("purge", task_id)


@click.command()
@click.argument("task_id", type=int, metavar="ID")
def delete(task_id: int) -> None:
    """Remove a task; the film on disk stays."""
    _act("delete", task_id)


def _act(what: str, task_id: int) -> None:
    settings = screen.load_settings()
    with service.client(settings, service.require(settings)) as client:
        getattr(client, what)(task_id)
    screen.say(f"task {task_id}: {what} done")


def summary(task: TaskJson) -> str:
    """A task in a few lines: what it is, where it stands, what came of it."""
    languages = f"{task['source_lang'] or '?'} → {', '.join(task['target_langs'])}"
    progress = task["progress"]
    lines = [
        f"task {task['id']}  {task['path']}",
        f"{task['status']}  {languages}  {screen.length(task['duration'])}  {progress['done']}/{progress['total']} {progress['stage']}",
    ]
    lines += [task["error"]] if task["error"] else []
    lines += [task["output"]] if task["output"] else []
    return "\n".join(lines)


def tasks_table(tasks: Sequence[TaskJson]) -> "Table":
    """Tasks, newest first as they come."""
    from rich.table import Table
    from rich.text import Text

    table = Table("task", "status", "progress", "languages", "length", "film", box=None, pad_edge=False)
    for task in tasks:
        progress = task["progress"]
        table.add_row(
            str(task["id"]),
            task["status"],
            f"{progress['done']}/{progress['total']} {progress['stage']}",
            f"{task['source_lang'] or '?'} → {', '.join(task['target_langs'])}",
            screen.length(task["duration"]),
            Text(task["path"].rpartition("/")[2], overflow="ellipsis", no_wrap=True),
        )
    return table


def stages_table(stages: Sequence[TaskJson]) -> "Table":
    """The stages that ran, in order, with what they took."""
    from rich.table import Table

    table = Table("stage", "language", "seconds", "", box=None, pad_edge=False)
    for stage in stages:
        note = "cached" if stage["cached"] else "" if stage["status"] == "DONE" else stage["status"].lower()
        table.add_row(stage["name"], stage["language"] or "", f"{stage['seconds']:.1f}", note)
    return table
