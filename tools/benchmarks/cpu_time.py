"""CPU time by stage: seconds that the processes of one service have worked, own and in children that have ended."""

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tools.endurance.processes import PROGRAM, Process, list_processes

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# Deployments by the stages that they work in; all other processes orchestrate.
STAGE_OF_DEPLOYMENT = {
    "separation": "separate",
    "diarization": "diarize",
    "whisper": "transcribe",
    "llm": "translate",
    "tts": "synthesize",
    "worker": "mix, mux, assess",
}
ORCHESTRATION = "orchestration"


def measure_cpu_seconds(mark: str) -> dict[str, float]:
    """Stage → seconds of CPU time since its processes began. `mark`: NAME=value in the environment of the service."""
    found: defaultdict[str, float] = defaultdict(float)
    processes = {process.pid: process for process in list_processes(mark)}
    for process in processes.values():
        found[find_stage(process, processes)] += _read_cpu_seconds(process.pid)
    return dict(found)


def subtract_cpu_seconds(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Stage → seconds between two looks, the most first; a process that ended unseen tells less than it worked."""
    rows = {stage: max(0.0, seconds - before.get(stage, 0.0)) for stage, seconds in after.items()}
    return dict(sorted(rows.items(), key=lambda row: -row[1]))


def find_stage(process: Process, processes: Mapping[int, Process]) -> str:
    """The stage of a process; of a program that runs on, such as a translation pipeline, its parent's."""
    while process.kind == PROGRAM and process.parent in processes:
        process = processes[process.parent]
    return STAGE_OF_DEPLOYMENT.get(process.kind, ORCHESTRATION)


def _read_cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0  # gone meanwhile
    return sum(map(int, fields[11:15])) / TICKS_PER_S  # utime, stime, and those of children that were waited for
