"""`./dubarr chaos`: processes of a busy service are killed at random, and nothing may be lost.

It starts a service of its own, gives it short films, kills -9 one process after the other, of every kind there is, and then
compares books and films. The same seed kills the same kinds in the same order.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import click

from cli import console
from pipeline.errors import NotPossible
from tools.endurance import processes, recovery, target_choice
from tools.endurance.processes import Process
from tools.endurance.recovery import Strike
from tools.endurance.trial import Json, Trial, start_trial_service

if TYPE_CHECKING:
    from tools.endurance.invariants import Claim

TARGETS = ("es",)
FILMS_AHEAD = 2  # films that wait or are at work before each kill
TARGET_LIMIT_S = 20.0  # s that a film, or a program of its dub, is waited for
FINISH_RESERVE_S = 60.0  # s of the time given that are kept for the last films and the verdict
LAST_FILM_LIMIT_S = 10.0  # s that each of the last films may take
MAX_VIOLATIONS_SHOWN = 12  # objections to a claim that are shown


@click.command()
@click.option("--films", default=40, show_default=True, type=click.IntRange(1), help="Short films to dub, at least.")
@click.option("--kills", default=60, show_default=True, type=click.IntRange(0), help="Processes to kill.")
@click.option("--seed", type=int, help="Repeats the kinds and order of another run.  [default: another one each time]")
@click.option("--minutes", default=20.0, show_default=True, type=click.FloatRange(0.5), help="Time for all of it.")
@click.option(
    "--only",
    help="Kinds to kill, comma-separated, such as worker,store,machine; frozen: an engine hangs.  [default: all but frozen]",
)
def chaos(films: int, kills: int, seed: int | None, minutes: float, only: str | None) -> int:
    """Kill the processes of a busy service, and see that nothing is lost.

    Starts a service of its own in a temporary folder; one that runs here is left alone. Ends with 0 if every film was dubbed
    once and well, nothing was left behind, and the service was whole again within 10 s in the median.
    """
    from tools.endurance import invariants

    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    console.say(
        f"seed {chosen}: ./dubarr chaos --films {films} --kills {kills} --seed {chosen}" + (f" --only {only}" if only else "")
    )
    began = time.monotonic()
    with start_trial_service() as trial:
        run = Chaos(trial, Random(chosen), films, deadline=began + 60 * minutes - FINISH_RESERVE_S)  # noqa: S311 -- to be repeated, not to be secret
        run.strike(kills, tuple(only.split(",")) if only else ())
        run.finish()
        trial.stop()
        log = trial.settings.processing_log.read_text("utf-8", "replace")
        found = invariants.check_films(trial.settings, invariants.read_store(trial.settings, run.task_ids), log=log)
    found += invariants.check_recovery(run.strikes, kills)
    print_results(tuple(run.strikes), found)
    console.say(f"{len(run.task_ids)} films, {len(run.strikes)} kills, {time.monotonic() - began:.0f} s, seed {chosen}")
    return 0 if all(claim.holds for claim in found) else 1


@dataclass
class Chaos:
    """One run: films offered as they are needed, kills one after the other. `deadline`: on the monotonic clock."""

    trial: Trial
    random: Random
    films: int
    deadline: float
    task_ids: list[int] = field(default_factory=list)
    strikes: list[Strike] = field(default_factory=list)
    _expected: dict[str, int] = field(default_factory=dict)  # kind → processes, while all is well

    def strike(self, kills: int, only: Sequence[str]) -> None:
        """Kill as often as asked for, each time in the middle of a film."""
        there = self.trial.processes()
        self._expected = processes.count_needed(there)
        kinds = target_choice.list_kinds(there)
        if unknown := set(only) - {*kinds, processes.FROZEN}:
            raise NotPossible(f"there is no process of the kind {', '.join(sorted(unknown))}; there are {', '.join(kinds)}")
        began = time.monotonic()
        for kind in target_choice.draw_kinds(only or kinds, kills, self.random):
            if time.monotonic() > self.deadline:
                return
            self._queue_films()
            strike = self._strike_once(kind, time.monotonic() - began)
            self.strikes.append(strike)
            whole = f"never whole again, {strike.trouble}" if strike.seconds is None else f"whole after {strike.seconds:.1f} s"
            at_work = "" if strike.at_work else ", idle"
            console.say(f"{strike.at:6.1f} s  kill {len(self.strikes)}/{kills}  {kind:<16} {strike.whom}{at_work}: {whole}")
            if strike.seconds is None:
                self._restart()

    def finish(self) -> None:
        """Offer the films that are still to come, and wait until all have ended."""
        while len(self.task_ids) < self.films:
            self._offer()
        limit = FINISH_RESERVE_S + LAST_FILM_LIMIT_S * len(self._list_waiting())
        self.trial.wait_until(lambda: not self._list_waiting(), limit=limit)

    def _queue_films(self) -> None:
        """Have films wait, so that the next kill meets work: the planned ones first, then as many more as it takes."""
        while len(self._list_waiting()) < FILMS_AHEAD:
            self._offer()

    def _offer(self) -> None:
        from tools.endurance.films import make_film

        path = make_film(self.trial.library, len(self.task_ids))
        self.task_ids.append(self.trial.offer(path, TARGETS))

    def _list_waiting(self) -> list[Json]:
        return [*self.trial.tasks("QUEUED"), *self._list_at_work()]

    def _list_at_work(self) -> list[Json]:
        return self.trial.tasks("PROCESSING")

    def _strike_once(self, kind: str, at: float) -> Strike:
        """One kill, and how long it took to be made good."""
        self.trial.wait_until(lambda: bool(self._list_at_work()), limit=TARGET_LIMIT_S)
        time.sleep(self.random.uniform(0.0, target_choice.MAX_DELAY_S))
        at_work = tuple(self._list_at_work())
        caught = self._wait_for_targets(kind)
        pids = tuple(process.pid for process in caught)
        (processes.freeze_processes if kind == processes.FROZEN else processes.kill_processes)(pids)
        if kind == processes.MACHINE:
            processes.kill_all(self.trial.mark)
        seconds, trouble = recovery.wait_until_recovered(self.trial, self._expected, kind=kind, killed=pids, at_work=at_work)
        return Strike(at, kind, describe_processes(caught), seconds, bool(at_work), trouble)

    def _wait_for_targets(self, kind: str) -> tuple[Process, ...]:
        """The processes to kill. A dub's programs live for a tenth of a second: they are waited for."""
        deadline = time.monotonic() + TARGET_LIMIT_S
        while (
            not (caught := target_choice.choose_targets(kind, self.trial.processes(), self.random))
            and time.monotonic() < deadline
        ):
            if kind == processes.PROGRAM and not self._list_waiting():
                self._offer()
        return caught

    def _restart(self) -> None:
        """Start everything again where it did not recover by itself, so that the other kills can be made."""
        processes.kill_all(self.trial.mark)
        self.trial.wait_until(self.trial.keep_up, limit=recovery.RECOVERY_LIMIT_S)


def describe_processes(caught: tuple[Process, ...]) -> str:
    """Whom a kill ended, in words."""
    if len(caught) != 1:
        return f"{len(caught)} processes" if caught else "none was there"
    (process,) = caught
    program = f" {Path(process.title.split()[0]).name}" if process.kind == processes.PROGRAM else ""
    return f"pid {process.pid}{program}"


def print_results(strikes: tuple[Strike, ...], found: "tuple[Claim, ...]") -> None:
    """Tables of recoveries and claims, on stdout."""
    from rich.table import Table

    if strikes:
        table = Table("killed", "times", "median", "90 %", "longest", box=None, pad_edge=False)
        for each in recovery.summarize_recoveries(strikes):
            table.add_row(each.kind, str(each.kills), f"{each.median:.1f} s", f"{each.p90:.1f} s", f"{each.longest:.1f} s")
        console.create_stdout_console().print(table)
    for claim in found:
        console.write_result(f"{'yes' if claim.holds else 'NO '}  {claim.text}")
        for objection in claim.against[:MAX_VIOLATIONS_SHOWN]:
            console.write_result(f"       {objection}")
        if len(claim.against) > MAX_VIOLATIONS_SHOWN:
            console.write_result(f"       and {len(claim.against) - MAX_VIOLATIONS_SHOWN} more")
