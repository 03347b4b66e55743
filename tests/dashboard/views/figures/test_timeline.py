import json

import pytest
from bokeh.embed import json_item
from bokeh.models import GlyphRenderer, PanTool, PlainText, Range1d, RangeTool, Span, WheelZoomTool

from dashboard.views.figures.palette import PALETTES, Scheme
from dashboard.views.figures.timeline import FIRST_VIEW_S, draw_timeline
from tests.support.figures import film_of, line, untouched

LINES = (line(1, 0.0, 2.0), line(2, 3.0, 2.0, speaker="S2", rate=1.6), untouched(3, 6.0, 2.0))


def test_the_page_finds_lines_playhead_and_range_by_name() -> None:
    drawn = draw_timeline(LINES)
    assert list(drawn.select_one({"name": "lines"}).data["number"]) == [1, 2, 3]
    playhead, time = drawn.select_one({"type": Span, "name": "playhead"}), drawn.select_one({"name": "time"})
    assert (playhead.location, playhead.dimension, playhead.visible) == (0.0, "height", False)
    assert isinstance(time, Range1d) and (time.start, time.end) == (0.0, 8.0)


def test_takes_are_filled_and_lines_without_one_hatched() -> None:
    drawn = draw_timeline(LINES)
    takes, left = (drawn.select_one({"type": GlyphRenderer, "name": name}) for name in ("takes", "left"))
    assert (takes.view.filter.indices, left.view.filter.indices) == ([0, 1], [2])
    assert takes.glyph.fill_color == "fill" and left.glyph.hatch_pattern == "/"
    assert takes.data_source is left.data_source  # so that what is selected is selected once


def test_only_time_is_panned_and_zoomed() -> None:
    drawn = draw_timeline(LINES)
    assert {tool.dimensions for tool in drawn.select({"type": PanTool})} == {"width"}
    (wheel,) = drawn.select({"type": WheelZoomTool})
    assert wheel.dimensions == "width" and wheel.modifiers == {"ctrl": True}  # else it would catch whoever scrolls the page


def test_a_long_film_begins_with_its_first_minutes_above_an_overview() -> None:
    drawn = draw_timeline(film_of(1000, speakers=4, seconds=3600.0), duration=3700.0)
    time, (overview,) = drawn.select_one({"name": "time"}), drawn.select({"type": RangeTool})
    assert (time.start, time.end, time.bounds) == (0.0, FIRST_VIEW_S, (0.0, 3700.0))
    assert overview.x_range is time
    assert drawn.select_one({"name": "whole"}).x_range.end == 3700.0


def test_a_short_film_is_shown_whole_and_needs_no_overview() -> None:
    assert not list(draw_timeline(LINES, duration=75.0).select({"type": RangeTool}))


def test_the_first_drawing_holds_only_what_is_in_sight() -> None:
    drawn = draw_timeline(film_of(1000, speakers=4, seconds=3600.0))
    assert len(drawn.select_one({"type": GlyphRenderer, "name": "slots"}).view.filter.indices) == pytest.approx(34, abs=1)


def test_names_are_plain_text_and_never_formulas() -> None:
    drawn = draw_timeline(LINES, names={"S1": "$$x^2$$", "S2": "<b>Bo</b>"})
    labels = drawn.select_one({"name": "film"}).yaxis[0].major_label_overrides.values()
    assert all(isinstance(label, PlainText) for label in labels)
    assert {label.text for label in labels} == {"$$x^2$$", "<b>Bo</b>"}


def test_both_schemes_draw_the_same_in_other_colours() -> None:
    light, dark = (draw_timeline(LINES, scheme=scheme) for scheme in Scheme)
    sources = [drawn.select_one({"name": "lines"}).data for drawn in (light, dark)]
    assert sources[0]["fill"] != sources[1]["fill"] and sources[0]["summary"] == sources[1]["summary"]
    assert dark.select_one({"name": "film"}).background_fill_color == PALETTES[Scheme.DARK].card


def test_the_same_lines_give_the_same_figure_and_no_foreign_address() -> None:
    one, other = (json.dumps(json_item(draw_timeline(LINES))["doc"]["roots"]) for _ in range(2))
    assert "http" not in one and "//" not in one.replace("// ", "")  # our script's comments aside
    assert len(one) == pytest.approx(len(other), abs=200)  # identities are counted on


def test_no_lines_are_no_figure() -> None:
    assert draw_timeline(()) is None
