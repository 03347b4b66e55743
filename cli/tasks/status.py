"""`./dubarr status`: the task queue, and tables of tasks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.arguments.parameter_types import TASK_ID
from cli.progress import TaskJson, follow_tasks
from cli.service import process
from pipeline.values.notes import Severity, read_notes
from serve.runtime import state_file

if TYPE_CHECKING:
    from rich.table import Table

    from serve.client.client import Client

DEFAULT_LIMIT = 20  # newest tasks in the list
PAGE_TASKS = 500  # that one request of the API may ask for
GB = 10**9

Json = dict[str, Any]


@click.command()
@click.argument("task_id", type=TASK_ID, required=False, metavar="[ID]")
@click.option("--follow", is_flag=True, help="Show the progress of the task ID until it has ended.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=DEFAULT_LIMIT, show_default=True, metavar="N", help="List the newest N tasks."
)
@click.option("--all", "is_all", is_flag=True, help="List all tasks.")
def status(task_id: int | None, follow: bool, limit: int, is_all: bool) -> None:
    """Show the service's engines and tasks, or one task with its stages.

    `status` lists the newest tasks, `status 7` is task 7 with its notes, `status 7 --follow` waits for it.
    """
    if follow and task_id is None:
        raise click.UsageError("--follow needs the ID of a task, as in: status 7 --follow")
    settings = console.load_settings()
    found = state_file.require_service(settings)
    with process.open_client(settings, found) as client:
        if task_id is not None:
            if follow:
                follow_tasks(client, {task_id: f"task {task_id}"})
            task = client.task(task_id)
            console.create_stdout_console().print(console.escape_lines(*format_task(task)))
            console.create_stdout_console().print(build_stages_table(task["stages"]))
            if task["notes"]:
                console.create_stdout_console().print(build_notes_table([task]))
            return
        system = client.system()
        console.say(f"{found.url}/ (process {found.pid}); {format_overview(system)}")
        for trouble in list_troubles(system):
            console.say(trouble)
        console.create_stderr_console().print(build_engines_table(system["engines"]))
        total = sum(system["queue"].values())
        tasks = fetch_newest_tasks(client, total if is_all else limit)
        console.create_stdout_console().print(build_tasks_table(tasks))
        if len(tasks) < total:
            console.say(f"the newest {len(tasks):,} of {total:,} tasks; --limit N lists more, --all lists all of them")


def fetch_newest_tasks(client: "Client", limit: int) -> list[TaskJson]:
    """The newest tasks, newest first, in as many requests as it takes."""
    tasks: list[TaskJson] = []
    while len(tasks) < limit:
        page = client.tasks(limit=min(limit - len(tasks), PAGE_TASKS), offset=len(tasks))
        if not page:
            break
        tasks += page
    return tasks


def format_overview(system: Json) -> str:
    """The worker, the queue and the disk in one line."""
    queue = ", ".join(f"{count} {status.lower()}" for status, count in system["queue"].items())
    worker = "alive" if system["workers"]["alive"] else "not running"
    return f"worker {worker}; {queue}; {system['disk']['free'] / GB:.0f} GB of disk free"


def list_troubles(system: Json) -> list[str]:
    """Problems of engines, disk and deliveries to other applications, each with its remedy."""
    engines = [engine["trouble"] for engine in system["engines"]]
    return [trouble for trouble in (*engines, system["disk"]["trouble"], system["deliveries"]) if trouble]


def build_engines_table(engines: Sequence[Json]) -> "Table":
    """The engines with their replicas, the share of each of CPU or GPU, and their calls in flight and waiting."""
    from rich.table import Table

    table = Table("role", "engine", "status", "replicas", "each", "in flight", box=None, pad_edge=False)
    for engine in engines:
        off = engine["status"] == "OFF"
        share = f"{engine['num_gpus']:g} GPU" if engine["num_gpus"] else f"{engine['num_cpus']:g} CPU"
        calls = f"{engine['in_flight']}" + (f" + {engine['waiting']} waiting" if engine["waiting"] else "")
        figures = ("", "", "") if off else (f"{engine['running']}/{engine['most']}", share, calls)
        table.add_row(engine["role"], engine["engine"], "disabled" if off else engine["status"].lower(), *figures)
    return table


def format_task(task: TaskJson) -> list[str]:
    """A task in a few lines: its film, status and progress, error and output."""
    languages = f"{task['source_lang'] or '?'} → {', '.join(task['target_langs'])}"
    progress = task["progress"]
    lines = [
        f"task {task['id']}  {task['path']}",
        f"{task['status']}  {languages}  {console.format_duration(task['duration'])}  {progress['done']}/{progress['total']} {progress['stage']}",
    ]
    if chosen := describe_chosen_tracks(task):
        lines.append(chosen)
    lines += [task["error"]] if task["error"] else []
    lines += [f"{script['language']}: {script['stale']}" for script in task["scripts"] if script["stale"]]
    lines += task["outputs"]
    return lines


def describe_chosen_tracks(task: TaskJson) -> str:
    """The tracks that a person chose, "" where there are none."""
    choices = (("audio track", task["audio_track"]), ("subtitles", task["subtitle_track"]))
    chosen = ", ".join(f"{name} {choice}" for name, choice in choices if choice is not None)
    return f"chosen: {chosen}" if chosen else ""


def build_notes_table(tasks: Sequence[TaskJson]) -> "Table":
    """The notes on the dubs of tasks, warnings first; their films are named where there are several."""
    from rich.table import Table

    table = Table(*(["film"] if len(tasks) > 1 else []), "dub", "", "note", box=None, pad_edge=False)
    for task in tasks:
        film = [task["path"].rpartition("/")[2]] if len(tasks) > 1 else []
        for note, said in zip(task["notes"], read_notes(task["notes"]), strict=True):
            severity = "warning" if said.severity is Severity.WARNING else ""
            table.add_row(*film, note["language"] or "all", severity, str(said))
    return table


def build_tasks_table(tasks: Sequence[TaskJson]) -> "Table":
    """Tasks, newest first as they come."""
    from rich.table import Table
    from rich.text import Text

    table = Table("task", "status", "warnings", "progress", "languages", "length", "film", box=None, pad_edge=False)
    for task in tasks:
        progress = task["progress"]
        table.add_row(
            str(task["id"]),
            task["status"],
            str(task["warnings"] or ""),
            f"{progress['done']}/{progress['total']} {progress['stage']}",
            f"{task['source_lang'] or '?'} → {', '.join(task['target_langs'])}",
            console.format_duration(task["duration"]),
            Text(console.escape_line(task["path"].rpartition("/")[2]), overflow="ellipsis", no_wrap=True),
        )
    return table


def build_stages_table(stages: Sequence[TaskJson]) -> "Table":
    """The stages that ran, in order, with their duration."""
    from rich.table import Table

    table = Table("stage", "language", "seconds", "", box=None, pad_edge=False)
    for stage in stages:
        note = "cached" if stage["cached"] else "" if stage["status"] == "DONE" else stage["status"].lower()
        table.add_row(stage["name"], stage["language"] or "", f"{stage['seconds']:.1f}", note)
    return table
