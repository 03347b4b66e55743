"""Growth of processes: slopes of made-up samples, and the footprint of a process that grows."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.endurance.footprint import Footprint, fit_slope, measure_growths
from tools.endurance.soak import check_growths

ROOT = Path(__file__).parents[3]


def test_the_slope_is_that_of_the_line_through_the_points():
    assert fit_slope([(20, 100.0), (30, 125.0), (40, 150.0)]) == pytest.approx(2.5)
    assert fit_slope([(0, 1.0), (1, 3.0), (2, 2.0)]) == pytest.approx(0.5)
    assert fit_slope([(5, 7.0)]) == fit_slope([(5, 7.0), (5, 9.0)]) == 0.0


def test_growth_is_told_by_process_and_a_replaced_one_is_another():
    samples = [(20, (Footprint("worker 1", 100.0, 40), Footprint("store 2", 50.0, 30)))]
    samples += [(30, (Footprint("worker 1", 130.0, 42), Footprint("store 3", 20.0, 30)))]
    first, second, worker = measure_growths(samples)
    assert (worker.name, worker.memory, worker.slope, worker.files_slope) == ("worker 1", 130.0, 3.0, pytest.approx(0.2))
    assert [each.name for each in (first, second)] == ["store 2", "store 3"]


def test_a_watched_process_may_not_grow_and_none_may_gather_files():
    samples = [
        (tasks, (Footprint("worker 1", 100.0 + 1.5 * tasks, 40), Footprint("raylet 2", 100.0 + 3 * tasks, 40 + tasks)))
        for tasks in (20, 30, 40)
    ]
    memory, files = check_growths(measure_growths(samples))
    assert memory.against == ("worker 1: 1.50 MB a task",)
    assert files.against == ("raylet 2: 1.00 files a task",)


GROWS = """
import os, sys, tempfile
from tools.endurance.footprint import measure_footprints
from tools.endurance.processes import Process
me = Process(os.getpid(), 1, "worker", "worker")
(before,) = measure_footprints([me])
held = [tempfile.TemporaryFile() for _ in range(20)]
ballast = bytearray(os.urandom(1 << 20)) * 40
(after,) = measure_footprints([me, Process(2**22 + 1, 1, "store", "gone"), Process(os.getpid(), 1, "program", "ffmpeg")])
print(after.files - before.files, after.memory - before.memory - len(ballast) / 2**20)
"""


def test_a_footprint_tells_shared_memory_by_its_share_and_files_that_are_open():
    """In a process of its own: what shares this one's pages may end meanwhile, and its share with it."""
    ran = subprocess.run([sys.executable, "-c", GROWS], cwd=ROOT, capture_output=True, text=True, check=True)
    files, error = ran.stdout.split()
    assert int(files) == 20
    assert float(error) == pytest.approx(0.0, abs=10)
