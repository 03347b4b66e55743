"""Targets of a chaos test: kinds and processes to kill, drawn by a seed, so that a run can be repeated."""

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

from tools.endurance.processes import ENDS_RAY, ENGINES, EXPENDABLE, FROZEN, MACHINE, PROGRAM, Process

MAX_DELAY_S = 1.5  # s into a film's work that a kill may wait


def list_kinds(processes: Iterable[Process]) -> tuple[str, ...]:
    """Every kind that can be killed in a service of these processes: theirs, programs of a dub, and the whole machine."""
    there = {process.kind for process in processes} - EXPENDABLE
    spare = {process.kind for process in processes if process.kind in EXPENDABLE and process.kind}
    return tuple(sorted(there | spare | {PROGRAM, MACHINE}))


def draw_kinds(kinds: Sequence[str], kills: int, random: Random) -> tuple[str, ...]:
    """As many kinds as there are kills: round after round each kind once, in random order.

    Those that take all of Ray with them come in every second round: they cost half a minute each.
    """
    order: list[str] = []
    light = [kind for kind in kinds if kind not in ENDS_RAY]
    full = True
    while kinds and len(order) < kills:
        turn = list(kinds if full or not light else light)
        random.shuffle(turn)
        order += turn
        full = not full
    return tuple(order[:kills])


def choose_targets(kind: str, processes: Sequence[Process], random: Random) -> tuple[Process, ...]:
    """The processes that a kill of this kind ends: one of them, or all for the machine; none where there is none now."""
    if kind == MACHINE:
        return tuple(processes)
    wanted = ENGINES if kind == FROZEN else (kind,)
    candidates = sorted((process for process in processes if process.kind in wanted), key=lambda process: process.pid)
    return (random.choice(candidates),) if candidates else ()


def find_missing_kinds(wanted: dict[str, int], processes: Iterable[Process]) -> tuple[str, ...]:
    """The kinds of which fewer processes are there than the service needs."""
    there = Counter(process.kind for process in processes)
    return tuple(sorted(kind for kind, number in wanted.items() if there[kind] < number))
