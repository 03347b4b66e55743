"""What notebooks stand on: answers of the API as values, and the progress bar."""

from dataclasses import asdict, fields
from datetime import UTC, datetime

import pytest

from dashboard import notebook
from pipeline.errors import NotPossible
from pipeline.values.tasks import LineRow, StageRun, StageStatus
from serve.http.line_schemas import LineOut
from serve.http.schemas import RunOut

LINE = LineRow(1, "es", "S1", 0.5, 2.0, 2.5, "said", "dicho", "translation", 0.5, 1.5, 1.1, 1.0, "a/take.flac")
RUN = StageRun(
    "mix", "es", 2, StageStatus.DONE, datetime(2026, 11, 23, 12, 30, tzinfo=UTC).replace(tzinfo=None), 1.25, executed=1
)


TOLD = {name: value for name, value in asdict(LINE).items() if name in LineOut.model_fields}


def test_lines_are_what_the_store_has_but_for_the_file():
    (line,) = notebook.parse_lines([TOLD])
    assert asdict(line) == asdict(LINE) | {"audio": ""}


def test_what_the_service_tells_beside_is_left_aside():
    assert notebook.parse_lines([TOLD | {"colour": "blue", "edit": {"text": "otro"}}]) == notebook.parse_lines([TOLD])


def test_runs_come_back_with_their_times():
    told = RunOut.of(RUN).model_dump(mode="json")
    assert notebook.parse_stage_runs([told]) == (RUN,)
    assert {field.name for field in fields(StageRun)} <= told.keys()


def states(*last: str, error: str | None = None) -> list[dict]:
    return [
        {"id": 7, "status": status, "progress": {"done": done, "total": 4}, "error": error}
        for done, status in enumerate(("PROCESSING", *last))
    ]


def test_a_task_is_followed_to_its_end(capsys):
    assert notebook.follow_progress(states("PROCESSING", "DONE"))["status"] == "DONE"
    assert "4/4" in capsys.readouterr().out.splitlines()[-1]


def test_a_task_that_fails_is_told_in_its_own_words():
    with pytest.raises(NotPossible, match="task 7 was not dubbed: no words understood"):
        notebook.follow_progress(states("ERROR", error="no words understood"))
