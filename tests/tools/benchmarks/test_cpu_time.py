"""CPU time by stage."""

import time
from pathlib import Path

from tools.benchmarks.cpu_time import ORCHESTRATION, find_stage, measure_cpu_seconds, subtract_cpu_seconds
from tools.endurance.processes import PROGRAM, Process


def test_a_program_that_runs_on_counts_for_the_stage_that_started_it() -> None:
    translator = Process(1, 0, "llm", "ray::ServeReplica:dubarr:llm")
    pipeline, transfer = Process(2, 1, PROGRAM, "sh"), Process(3, 2, PROGRAM, "apertium-transfer")
    found = {process.pid: process for process in (translator, pipeline, transfer)}
    assert [find_stage(process, found) for process in found.values()] == ["translate"] * 3
    assert find_stage(Process(4, 9, PROGRAM, "ffmpeg"), found) == ORCHESTRATION
    assert find_stage(Process(5, 0, "raylet", "raylet"), found) == ORCHESTRATION


def test_work_of_a_marked_process_is_counted() -> None:
    mine = next(line for line in Path("/proc/self/environ").read_bytes().split(b"\0") if line.startswith(b"PATH="))
    before = measure_cpu_seconds(mine.decode())
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    assert sum(subtract_cpu_seconds(before, measure_cpu_seconds(mine.decode())).values()) >= 0.25


def test_a_stage_that_ended_tells_no_negative_time_and_the_most_comes_first() -> None:
    assert subtract_cpu_seconds({"mix": 5.0, "read": 1.0}, {"read": 2.0, "mix": 3.0, "synthesize": 9.0}) == {
        "synthesize": 9.0,
        "read": 1.0,
        "mix": 0.0,
    }
