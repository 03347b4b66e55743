from datetime import UTC, datetime

import pytest

from pipeline.assessment.processing_cost import measure_cost
from pipeline.values.tasks import StageRun, StageStatus

AT = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def run(name: str, language: str | None, seconds: float, *, executed: int = 1, reused: int = 0) -> StageRun:
    return StageRun(
        name, language, 1, StageStatus.DONE, AT, seconds, executed, reused, cpu_seconds=2 * seconds, gpu_seconds=seconds / 2
    )


def test_a_dub_costs_what_the_films_stages_and_its_own_took():
    cost = measure_cost(
        [run("probe", None, 2.0), run("mix", "es", 8.0, executed=3, reused=5), run("mix", "ca", 99.0)], "es", 600.0
    )
    assert (cost.seconds_per_hour, cost.computed, cost.reused) == (pytest.approx(60.0), 4, 5)
    assert (cost.cpu_seconds_per_hour, cost.gpu_seconds_per_hour) == (pytest.approx(120.0), pytest.approx(30.0))


def test_runs_of_an_older_release_have_a_time_and_no_cost():
    old = StageRun("mix", "es", 1, StageStatus.DONE, AT, 5.0, executed=1)
    cost = measure_cost([old], "es", 3600.0)
    assert (cost.seconds_per_hour, cost.cpu_seconds_per_hour, cost.gpu_seconds_per_hour) == (5.0, None, None)


def test_what_failed_or_has_no_length_has_no_cost():
    failed = StageRun("mix", "es", 1, StageStatus.ERROR, AT, 5.0)
    assert measure_cost([failed], "es", 600.0) is None
    assert measure_cost([run("mix", "es", 5.0)], "es", None) is None
