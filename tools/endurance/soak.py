"""`./dubarr soak`: many films through one service, and whether its memory, its files or its folders grow."""

import time
from typing import TYPE_CHECKING

import click

from cli import console
from pipeline.errors import DubarrError
from serve.client.read_requests import ENDED_STATUSES
from tools.endurance.footprint import Footprint, Growth, measure_footprints, measure_growths
from tools.endurance.trial import Trial, start_trial_service

if TYPE_CHECKING:
    from tools.endurance.invariants import Claim

WARM_UP_TASKS = 20  # tasks after which what is loaded late is loaded
TASKS_PER_SAMPLE = 10  # tasks between samples
MAX_UNFINISHED_TASKS = 3  # films that wait or are at work
STALL_LIMIT_S = 30.0  # s without a film's end after which nothing moves any more
WATCHED_KINDS = ("ingress", "store", "worker")
MAX_MB_PER_TASK = 1.0  # MB a task that those may grow
MAX_FILES_PER_TASK = 0.05  # open files a task: one in twenty tasks would be a leak


@click.command()
@click.option(
    "--tasks", default=200, show_default=True, type=click.IntRange(WARM_UP_TASKS + 2 * TASKS_PER_SAMPLE), help="Films to dub."
)
def soak(tasks: int) -> int:
    """Dub many small films, and see that no process grows.

    Starts a service of its own in a temporary folder. Ends with 0 if ingress, store and worker grew less than 1 MB a task, no
    process gathered open files, and nothing temporary was left.
    """
    from tools.endurance import invariants
    from tools.endurance.chaos import print_results

    began = time.monotonic()
    with start_trial_service() as trial:
        samples, task_ids = _collect_samples(trial, tasks)
        trial.stop()
        log = trial.settings.processing_log.read_text("utf-8", "replace")
        found = invariants.check_films(trial.settings, invariants.read_store(trial.settings, task_ids), log=log)
    grown = measure_growths(samples)
    _show_growths(grown)
    found += check_growths(grown)
    print_results((), found)
    console.say(f"{tasks} films, {time.monotonic() - began:.0f} s; grown since the first {samples[0][0]}")
    return 0 if all(claim.holds for claim in found) else 1


def check_growths(grown: tuple[Growth, ...]) -> "tuple[Claim, ...]":
    """The claims about the growth of memory and open files."""
    from tools.endurance.invariants import Claim

    fat = (
        f"{each.name}: {each.slope:.2f} MB a task"
        for each in grown
        if each.name.split()[0] in WATCHED_KINDS and each.slope >= MAX_MB_PER_TASK
    )
    leaking = (f"{each.name}: {each.files_slope:.2f} files a task" for each in grown if each.files_slope > MAX_FILES_PER_TASK)
    return (
        Claim(f"{', '.join(WATCHED_KINDS)} grow by less than {MAX_MB_PER_TASK:g} MB a task", tuple(fat)),
        Claim("no process gathers open files", tuple(leaking)),
    )


def _collect_samples(trial: Trial, tasks: int) -> tuple[list[tuple[int, tuple[Footprint, ...]]], list[int]]:
    """Footprints after the warm-up and then every few tasks; and the ids of all tasks."""
    from tools.endurance.films import make_film

    samples: list[tuple[int, tuple[Footprint, ...]]] = []
    task_ids: list[int] = []
    due, moved, last = WARM_UP_TASKS, time.monotonic(), 0
    while (ended := _count_ended(trial)) < tasks:
        while len(task_ids) < min(tasks, ended + MAX_UNFINISHED_TASKS):
            task_ids.append(trial.offer(make_film(trial.library, len(task_ids), plain=True), ("es",)))
        if ended >= due:
            samples.append((ended, measure_footprints(trial.processes())))
            console.say(
                f"{ended}/{tasks}: "
                + ", ".join(_format_footprint(each) for each in samples[-1][1] if each.name.split()[0] in WATCHED_KINDS)
            )
            due += TASKS_PER_SAMPLE
        moved, last = (time.monotonic(), ended) if ended != last else (moved, last)
        if time.monotonic() - moved > STALL_LIMIT_S:
            raise DubarrError(
                f"no film ended for {STALL_LIMIT_S:g} s after the first {ended}; see {trial.settings.processing_log}"
            )
        time.sleep(0.2)
    samples.append((ended, measure_footprints(trial.processes())))
    return samples, task_ids


def _count_ended(trial: Trial) -> int:
    health = trial.health()
    counts = health["queue_stats"] if health else {}
    return sum(int(counts.get(status, 0)) for status in ENDED_STATUSES)


def _format_footprint(footprint: Footprint) -> str:
    return f"{footprint.name.split()[0]} {footprint.memory:.0f} MB {footprint.files} files"


def _show_growths(grown: tuple[Growth, ...]) -> None:
    from rich.table import Table

    table = Table("process", "MB", "at most", "MB a task", "open files", "files a task", box=None, pad_edge=False)
    for each in grown:
        figures = (f"{each.memory:.1f}", f"{each.peak:.1f}", f"{each.slope:+.3f}", str(each.files), f"{each.files_slope:+.3f}")
        table.add_row(each.name, *figures)
    console.create_stdout_console().print(table)
