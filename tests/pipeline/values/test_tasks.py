"""The values about tasks."""

from datetime import UTC, datetime

import pytest

from pipeline.values.tasks import StageRun, StageStatus

BEGUN = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "executed", "reused", "cached"),
    [
        (StageStatus.DONE, 0, 3, True),
        (StageStatus.DONE, 1, 2, False),
        (StageStatus.DONE, 0, 0, False),  # a stage that had nothing to answer was quick, and nothing was stored of it
        (StageStatus.RUNNING, 0, 3, False),
        (StageStatus.ERROR, 0, 3, False),
    ],
)
def test_a_run_is_cached_when_it_is_done_and_every_answer_was_there(status, executed, reused, cached):
    assert StageRun("mix", "es", 1, status, BEGUN, executed=executed, reused=reused).cached is cached
