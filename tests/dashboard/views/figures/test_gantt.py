from datetime import timedelta

import pytest

from dashboard.views.figures.gantt import draw_gantt
from dashboard.views.figures.palette import PALETTES, Scheme
from pipeline.values.tasks import StageStatus
from tests.support.dashboard import NOON, run

COLOURS = PALETTES[Scheme.LIGHT]


def bars(*runs) -> list[dict[str, object]]:
    columns = draw_gantt(runs).select_one({"name": "stages"}).data
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def test_runs_lie_from_the_first_ones_start() -> None:
    probe, mux = bars(run("probe", seconds=2.0), run("mux", started_at=NOON + timedelta(seconds=10), seconds=5.0))
    assert [(each["row"], each["start"], each["end"]) for each in (probe, mux)] == [(0.5, 0.0, 2.0), (1.5, 10.0, 15.0)]


def test_the_pause_between_two_attempts_is_left_out() -> None:
    _, again = bars(run("probe", seconds=2.0), run("mux", attempt=2, started_at=NOON + timedelta(hours=5)))
    assert again["start"] == 2.0


def test_each_language_has_its_rows_and_its_colour() -> None:
    film, es, ca = bars(run("probe"), run("mix", language="es"), run("mix", language="ca"))
    assert [each["row"] for each in (film, es, ca)] == [0.5, 1.5, 2.5]
    assert [each["fill"] for each in (film, es, ca)] == [COLOURS.soft, *COLOURS.languages[:2]]
    assert es["language"] == "Spanish"


def test_what_came_from_the_cache_is_hatched() -> None:
    made, cached = bars(run("mix", language="es"), run("mix", language="ca", executed=0, reused=1))
    assert (made["hatch"], made["alpha"], cached["hatch"], cached["alpha"]) == (" ", 1.0, "/", 0.0)
    assert cached["summary"] == "2.5 s, reused"


def test_a_failure_is_red_and_tells_why() -> None:
    (failed,) = bars(run("mux", status=StageStatus.ERROR, error="mux: the disk is full"))
    assert failed["fill"] == COLOURS.bad and failed["summary"] == "failed after 2.5 s: mux: the disk is full"


@pytest.mark.parametrize("executed", [1, 3])
def test_a_run_says_what_it_made(executed: int) -> None:
    (made,) = bars(run("synthesize", executed=executed, reused=2))
    assert made["summary"] == f"2.5 s; {executed} computed, 2 reused"


def test_without_runs_there_is_no_figure() -> None:
    assert draw_gantt([]) is None
