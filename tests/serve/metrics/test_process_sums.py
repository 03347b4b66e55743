"""Sums of the metrics of processes: counters of a process that ended stay, its gauges go, and nothing counts twice."""

import pickle

from hypothesis import given
from hypothesis import strategies as st

from serve.metrics.process_metrics import REGISTRY, read_samples
from serve.metrics.process_sums import ProcessSums, Sample

COUNT = Sample("calls", "calls_total", ())
GAUGE = Sample("open", "open", ())


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_counters_of_a_process_that_ended_stay_and_its_gauges_go() -> None:
    clock = Clock()
    sums = ProcessSums(clock)
    sums.record("a", {COUNT: 3.0, GAUGE: 1.0})
    sums.record("b", {COUNT: 4.0, GAUGE: 1.0})
    sums.record("b", {COUNT: 5.0, GAUGE: 2.0})
    assert sums.sum() == {COUNT: 8.0, GAUGE: 3.0}
    clock.now = 30.0
    sums.record("b", {COUNT: 6.0, GAUGE: 2.0})
    assert sums.sum() == {COUNT: 9.0, GAUGE: 2.0}
    sums.record("a", {COUNT: 4.0, GAUGE: 1.0})  # it was only silent
    assert sums.sum() == {COUNT: 10.0, GAUGE: 3.0}


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), max_size=60))
def test_a_sum_of_counters_never_falls_and_its_memory_is_bounded(steps: list[tuple[int, int]]) -> None:
    """Processes come and go without number; each is known by an id of its own while it reports."""
    sums, last, values = ProcessSums(max_processes=4), 0.0, {}
    for number, more in steps:
        process = f"p{number}" if number in list(values)[-3:] or number not in values else None
        if process is None:
            continue  # one that was forgotten does not come back: an id is never used again
        values[number] = values.pop(number, 0) + more
        sums.record(process, {COUNT: float(values[number])})
        assert sums.sum()[COUNT] == sum(values.values()) >= last
        last = sums.sum()[COUNT]
        assert len(sums._reports) <= 4


def test_the_samples_of_this_process_travel_and_have_no_creation_times() -> None:
    samples = read_samples()
    assert pickle.loads(pickle.dumps(samples)) == samples
    assert not [each for each in samples if each.name.endswith("_created")]
    assert {each.family for each in samples} <= {family.name for family in REGISTRY.collect()}
