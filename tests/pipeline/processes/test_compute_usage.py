"""Compute usage: what a process uses is divided among its pieces of work, and what another process used is added."""

import subprocess
import sys
import threading
import time

import pytest

from pipeline.processes.compute_usage import ComputeUsage, UsageMeter, wait_for_other_process


class Clocks:
    """Clocks that a test sets."""

    def __init__(self) -> None:
        self.now = ComputeUsage(100.0, 1000.0)

    def __call__(self) -> ComputeUsage:
        return self.now

    def advance(self, cpu_seconds: float, seconds: float) -> None:
        self.now += ComputeUsage(cpu_seconds, seconds)


def test_work_at_the_same_time_shares_what_is_used_and_the_sum_is_exact() -> None:
    clocks = Clocks()
    meter = UsageMeter(0.5, clocks=clocks)
    clocks.advance(7.0, 7.0)  # nobody's
    with meter.measure() as one:
        clocks.advance(3.0, 2.0)
        with meter.measure() as other:
            clocks.advance(4.0, 6.0)
        clocks.advance(1.0, 1.0)
    assert (one.total, other.total) == (ComputeUsage(6.0, 3.0), ComputeUsage(2.0, 1.5))


def test_work_that_waits_for_another_process_costs_what_that_one_used() -> None:
    clocks = Clocks()
    meter = UsageMeter(clocks=clocks)
    with meter.measure() as count:
        clocks.advance(1.0, 1.0)
        with wait_for_other_process() as add:
            clocks.advance(50.0, 50.0)  # of other work here
            add(ComputeUsage(2.0, 0.25))
        clocks.advance(1.0, 1.0)
    assert count.total == ComputeUsage(4.0, 0.25)


def test_nothing_is_counted_outside_of_measured_work() -> None:
    with wait_for_other_process() as add:
        add(ComputeUsage(1.0))


def test_an_error_ends_the_measurement() -> None:
    clocks = Clocks()
    meter = UsageMeter(clocks=clocks)
    with pytest.raises(ValueError, match="broken"), meter.measure() as count:
        clocks.advance(1.0, 1.0)
        raise ValueError("broken")
    clocks.advance(5.0, 5.0)
    with meter.measure() as after:
        pass
    assert (count.total, after.total) == (ComputeUsage(1.0), ComputeUsage())


def test_real_work_of_threads_and_of_an_ended_child_is_counted() -> None:
    def work() -> None:
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass

    meter = UsageMeter()
    with meter.measure() as count:
        thread = threading.Thread(target=work)
        thread.start()
        subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
        thread.join()
    assert count.total.cpu_seconds >= 0.45
