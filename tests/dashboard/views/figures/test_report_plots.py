import json

import pytest
from bokeh.embed import json_item

from dashboard.views.figures.palette import PALETTES, Scheme
from dashboard.views.figures.report_plots import draw_coverage, draw_isochrony, draw_speech_rates, draw_start_offsets
from tests.support.figures import line, untouched

LINES = (line(1, 0.0, 2.0, dub_start=0.5), line(2, 3.0, 2.0, dub_seconds=2.2, rate=1.2, stretch=1.25), untouched(3, 60.0, 2.0))
COLOURS = PALETTES[Scheme.LIGHT]


def bars(drawn) -> dict[float, tuple[int, str]]:
    columns = drawn.select_one({"name": "bars"}).data
    return {left: (n, fill) for left, n, fill in zip(columns["left"], columns["lines"], columns["fill"], strict=True) if n}


def points(drawn, *names: str) -> list[tuple[float, ...]]:
    columns = drawn.select_one({"name": "lines"}).data
    return list(zip(*(columns[name] for name in names), strict=True))


def test_paces_are_counted_in_the_colours_of_their_steps() -> None:
    assert bars(draw_speech_rates(LINES)) == {1.0: (1, COLOURS.rates[1].fill), 1.5: (1, COLOURS.rates[3].fill)}


@pytest.mark.parametrize("rate", [0.2, 0.9, 1.05, 1.1, 1.25, 1.5, 4.0])
def test_no_pace_falls_outside_of_the_histogram(rate: float) -> None:
    assert sum(n for n, _ in bars(draw_speech_rates([line(1, 0, 1, rate=rate)])).values()) == 1


def test_coverage_is_counted_in_tenths() -> None:
    report = {"coverage": 0.6, "lines": [{"covered": covered} for covered in (0.0, 0.55, 1.0, 1.0000001)]}
    assert {left: n for left, (n, _) in bars(draw_coverage(report)).items()} == {0.0: 1, 50.0: 1, 90.0: 2}


def test_lateness_is_drawn_where_it_happens() -> None:
    assert points(draw_start_offsets(LINES), "number", "start", "late") == [(1, 0.0, 0.5), (2, 3.0, 0.0)]


def test_a_dub_on_time_is_not_blown_up() -> None:
    drawn = draw_start_offsets([line(1, 0.0, 2.0, dub_start=0.001)])
    assert (drawn.y_range.start, drawn.y_range.end) == (-0.1, 1.0)


def test_an_early_line_is_in_the_picture() -> None:
    assert draw_start_offsets([line(1, 5.0, 2.0, dub_start=3.0)]).y_range.start < -2.0


def test_time_taken_stands_over_time_given() -> None:
    assert points(draw_isochrony(LINES), "given", "taken") == [(2.0, 2.0), (2.0, 2.2)]


@pytest.mark.parametrize("figure", [draw_speech_rates, draw_start_offsets, draw_isochrony])
def test_without_a_dubbed_line_there_is_no_figure(figure) -> None:
    assert figure([untouched(1, 0, 1)]) is None
    assert figure([]) is None


def test_a_report_without_lines_is_no_figure() -> None:
    assert draw_coverage({"coverage": 0.0, "lines": []}) is None


@pytest.mark.parametrize("figure", [draw_speech_rates, draw_start_offsets, draw_isochrony])
def test_schemes_differ_and_nothing_comes_from_elsewhere(figure) -> None:
    light, dark = (json.dumps(json_item(figure(LINES, scheme=scheme))["doc"]) for scheme in Scheme)
    assert COLOURS.card in light and COLOURS.card not in dark
    assert "http" not in light
