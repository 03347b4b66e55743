"""`./dubarr soak`: many films through one service, and whether its memory, its files or its folders grow."""

import time
from typing import TYPE_CHECKING

import click

from cli import console
from pipeline.errors import DubarrError
from tools.endurance.footprint import Footprint, Growth, footprints, growths
from tools.endurance.trial import Trial, own_service

if TYPE_CHECKING:
    from tools.endurance.invariants import Claim

WARM_UP = 20  # tasks after which what is loaded late is loaded
STEP = 10  # tasks between samples
AHEAD = 3  # films that wait or are at work
EACH = 30.0  # s without a film's end after which nothing moves any more
WATCHED = ("ingress", "keeper", "worker")
STEEPEST = 1.0  # MB a task that those may grow
FILES = 0.05  # open files a task: one in twenty tasks would be a leak


@click.command()
@click.option("--tasks", default=200, show_default=True, type=click.IntRange(WARM_UP + 2 * STEP), help="Films to dub.")
def soak(tasks: int) -> int:
    """Dub many small films, and see that no process grows.

    Starts a service of its own in a temporary folder. Ends with 0 if ingress, keeper and worker grew less than 1 MB a task, no
    process gathered open files, and nothing temporary was left.
    """
    from tools.endurance import invariants
    from tools.endurance.chaos import show

    began = time.monotonic()
    with own_service() as trial:
        samples, task_ids = _samples(trial, tasks)
        trial.stop()
        log = trial.settings.processing_log.read_text("utf-8", "replace")
        found = invariants.claims(trial.settings, invariants.books(trial.settings, task_ids), log=log)
    grown = growths(samples)
    _show_growths(grown)
    found += flat(grown)
    show((), found)
    console.say(f"{tasks} films, {time.monotonic() - began:.0f} s; grown since the first {samples[0][0]}")
    return 0 if all(claim.holds for claim in found) else 1


def flat(grown: tuple[Growth, ...]) -> "tuple[Claim, ...]":
    """What must hold of how the processes grew."""
    from tools.endurance.invariants import Claim

    fat = (
        f"{each.name}: {each.slope:.2f} MB a task" for each in grown if each.name.split()[0] in WATCHED and each.slope >= STEEPEST
    )
    leaking = (f"{each.name}: {each.files_slope:.2f} files a task" for each in grown if each.files_slope > FILES)
    return (
        Claim(f"{', '.join(WATCHED)} grow by less than {STEEPEST:g} MB a task", tuple(fat)),
        Claim("no process gathers open files", tuple(leaking)),
    )


def _samples(trial: Trial, tasks: int) -> tuple[list[tuple[int, tuple[Footprint, ...]]], list[int]]:
    """Footprints after the warm-up and then every few tasks; and the ids of all tasks."""
    from tools.endurance.films import film

    samples: list[tuple[int, tuple[Footprint, ...]]] = []
    task_ids: list[int] = []
    due, moved, last = WARM_UP, time.monotonic(), 0
    while (ended := _ended(trial)) < tasks:
        while len(task_ids) < min(tasks, ended + AHEAD):
            task_ids.append(trial.offer(film(trial.library, len(task_ids), plain=True), ("es",)))
        if ended >= due:
            samples.append((ended, footprints(trial.processes())))
            console.say(
                f"{ended}/{tasks}: " + ", ".join(_told(each) for each in samples[-1][1] if each.name.split()[0] in WATCHED)
            )
            due += STEP
        moved, last = (time.monotonic(), ended) if ended != last else (moved, last)
        if time.monotonic() - moved > EACH:
            raise DubarrError(f"no film ended for {EACH:g} s after the first {ended}; see {trial.settings.processing_log}")
        time.sleep(0.2)
    samples.append((ended, footprints(trial.processes())))
    return samples, task_ids


def _ended(trial: Trial) -> int:
    health = trial.health()
    counts = health["queue_stats"] if health else {}
    return int(counts.get("DONE", 0)) + int(counts.get("ERROR", 0))


def _told(footprint: Footprint) -> str:
    return f"{footprint.name.split()[0]} {footprint.memory:.0f} MB {footprint.files} files"


def _show_growths(grown: tuple[Growth, ...]) -> None:
    from rich.table import Table

    table = Table("process", "MB", "at most", "MB a task", "open files", "files a task", box=None, pad_edge=False)
    for each in grown:
        figures = (f"{each.memory:.1f}", f"{each.peak:.1f}", f"{each.slope:+.3f}", str(each.files), f"{each.files_slope:+.3f}")
        table.add_row(each.name, *figures)
    console.results().print(table)
