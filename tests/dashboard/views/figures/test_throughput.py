import json
from datetime import timedelta

import pytest
from bokeh.embed import json_item

from dashboard.views.figures.throughput import draw_real_time_factors, draw_throughput
from pipeline.values.service_status import FinishedFilm
from tests.support.dashboard import NOON

HOURS = [FinishedFilm(n, NOON + timedelta(minutes=30 * n), 600.0, 300.0 * (n + 1), 2) for n in range(3)]


def test_minutes_of_dubs_are_counted_by_the_hour() -> None:
    drawn = draw_throughput(HOURS)
    found = drawn.select_one({"name": "dubbed"}).data
    assert found["left"] == [NOON, NOON + timedelta(hours=1)]
    assert (found["minutes"], found["films"]) == ([40.0, 20.0], ["2 videos", "1 video"])
    assert drawn.yaxis[0].axis_label == "minutes of dubs per hour"


def test_a_longer_history_is_counted_by_the_day() -> None:
    drawn = draw_throughput([*HOURS, FinishedFilm(9, NOON + timedelta(days=3), 60.0, 60.0, 1)])
    midnight = NOON - timedelta(hours=12)
    assert drawn.select_one({"name": "dubbed"}).data["left"] == [midnight, midnight + timedelta(days=3)]
    assert drawn.yaxis[0].axis_label == "minutes of dubs per day"


def test_the_order_of_the_history_does_not_matter() -> None:
    assert (
        draw_throughput(HOURS[::-1]).select_one({"name": "dubbed"}).data
        == draw_throughput(HOURS).select_one({"name": "dubbed"}).data
    )


def test_factors_stand_around_their_median() -> None:
    drawn = draw_real_time_factors(HOURS)
    assert drawn.select_one({"name": "finished"}).data["factor"] == [0.25, 0.5, 0.75]
    assert drawn.select_one({"name": "median"}).glyph.y == 0.5


@pytest.mark.parametrize("figure", [draw_throughput, draw_real_time_factors])
def test_an_empty_history_is_no_figure(figure) -> None:
    assert figure([]) is None


@pytest.mark.parametrize("figure", [draw_throughput, draw_real_time_factors])
def test_one_film_is_enough(figure) -> None:
    drawn = figure(HOURS[:1])
    assert drawn.x_range.start < drawn.x_range.end and drawn.y_range.end > 0.0
    assert "http" not in json.dumps(json_item(drawn)["doc"])
