"""The lanes of `./dubarr test`."""

import os
from itertools import chain, combinations

import pytest
from _pytest.mark.expression import Expression

from tools import check

MARKS = ("slow", "models", "gpu", "browser")
LANES = (check.QUICK_LANE, check.BROWSER_LANE, check.SLOW_LANE, check.MODELS_LANE, check.GPU_LANE)


@pytest.mark.parametrize("marks", [*chain.from_iterable(combinations(MARKS, count) for count in range(len(MARKS) + 1))])
def test_every_test_runs_in_exactly_one_lane(marks):
    chosen = [lane for lane in LANES if Expression.compile(lane).evaluate(lambda name, **_: name in marks)]
    assert len(chosen) == 1, chosen


def test_check_runs_the_quick_lane():
    assert check.CHECKS[-1] == ("tests", ("pytest", "-q", "-m", check.QUICK_LANE, *check.PARALLEL_OPTIONS))


def test_nothing_is_set_up_for_tests_that_were_not_asked_for(monkeypatch):
    monkeypatch.chdir(os.getcwd())  # back afterwards  # noqa: PTH109
    assert not check.has_tests(check.MODELS_LANE, ("tests/tools/test_check.py",))
    assert check.has_tests(check.QUICK_LANE, ("tests/tools/test_check.py", "-x"))
    assert check.has_tests(check.MODELS_LANE, ("no/such/tests",)), "what cannot be collected is told by the lane itself"


def test_the_models_lane_sees_no_network():
    assert check.OFFLINE == {"HF_HUB_OFFLINE": "1", "PYANNOTE_METRICS_ENABLED": "0"}
