"""Recovery time of the service after a kill."""

import time
from dataclasses import dataclass
from statistics import median

from serve.client.read_requests import ENDED_STATUSES
from tools.endurance import target_choice
from tools.endurance.processes import ENDS_WORKER
from tools.endurance.trial import POLL_INTERVAL_S, Json, Trial

RECOVERY_LIMIT_S = 120.0  # s after which it counts as not recovered
SETTLED_S = 1.2  # s that it must stay whole: /health may be a second old
HEALTHY_STATUSES = frozenset({"READY", "IDLE", "OFF"})  # engines that nothing has to be waited for


@dataclass(frozen=True, slots=True)
class Strike:
    """A kill, `at` seconds after the first. `whom`: in words. `seconds` until all was whole again, None for never."""

    at: float
    kind: str
    whom: str
    seconds: float | None
    at_work: bool  # whether a film was being dubbed
    trouble: str = ""  # why it was never whole


@dataclass(frozen=True, slots=True)
class Recovery:
    """Recovery times after kills of one kind, in seconds."""

    kind: str
    kills: int
    median: float
    p90: float
    longest: float


def is_well(health: Json | None) -> bool:
    """True where /health tells of a worker that lives and engines that work, or would when asked."""
    return health is not None and bool(health["worker_alive"]) and set(health["engine_statuses"].values()) <= HEALTHY_STATUSES


def wait_until_recovered(
    trial: Trial, expected: dict[str, int], *, kind: str, killed: tuple[int, ...], at_work: tuple[Json, ...]
) -> tuple[float | None, str]:
    """Seconds until health, processes and the films that were at work are as before a kill; past the limit None, and why."""
    began, since, trouble = time.monotonic(), None, ""
    while time.monotonic() - began < RECOVERY_LIMIT_S:
        trial.keep_up()
        if trouble := _find_trouble(trial, expected, killed) or _find_halted_films(trial, at_work, kind):
            since = None
        else:
            since = since if since is not None else time.monotonic()
            if time.monotonic() - since >= SETTLED_S:
                return since - began, ""
        time.sleep(POLL_INTERVAL_S)
    return None, trouble or "it did not stay so"


def _find_trouble(trial: Trial, expected: dict[str, int], killed: tuple[int, ...]) -> str:
    """The first difference of processes and health from before the kill; "" where there is none."""
    processes = trial.processes()
    if left := set(killed) & {process.pid for process in processes}:
        return f"process {min(left)} is still there"
    if lacking := target_choice.find_missing_kinds(expected, processes):
        return f"no {', '.join(lacking)}"
    health = trial.health()
    return "" if is_well(health) else f"/health says {health}"


def _find_halted_films(trial: Trial, films: tuple[Json, ...], kind: str) -> str:
    """Of the films whose worker was killed, those that have no other one and did not end; "" where all go on."""
    if kind not in ENDS_WORKER:
        return ""
    halted = [str(film["id"]) for film in films if not is_resumed(film, trial.task(film["id"]))]
    return f"task {', '.join(halted)} does not go on" if halted else ""


def is_resumed(before: Json, now: Json) -> bool:
    """True where a film that was at work was claimed anew, or ended."""
    return now["status"] in ENDED_STATUSES or (now["status"] == "PROCESSING" and now["started_at"] != before["started_at"])


def summarize_recoveries(strikes: tuple[Strike, ...]) -> tuple[Recovery, ...]:
    """Recovery times by kind, in order of name, then of all together; those that never recovered count with the limit."""
    kinds = sorted({strike.kind for strike in strikes})
    groups = [(kind, [strike for strike in strikes if strike.kind == kind]) for kind in kinds] + [("all", list(strikes))]
    return tuple(_summarize(kind, [_recovery_seconds(strike) for strike in group]) for kind, group in groups if group)


def _recovery_seconds(strike: Strike) -> float:
    return RECOVERY_LIMIT_S if strike.seconds is None else strike.seconds


def _summarize(kind: str, seconds: list[float]) -> Recovery:
    ordered = sorted(seconds)
    return Recovery(kind, len(ordered), median(ordered), ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))], ordered[-1])
