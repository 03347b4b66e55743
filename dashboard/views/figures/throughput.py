"""How much the service dubs, and how fast. Times are UTC, as the axes say."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median
from typing import Any

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, DatetimeTicker, DatetimeTickFormatter, LayoutDOM, Range1d
from bokeh.plotting import figure

from dashboard.views import formatting
from dashboard.views.figures.alt_text import describe_throughput
from dashboard.views.figures.figure_style import create_figure, create_hover_tool
from dashboard.views.figures.label_text import FONT, format_count
from dashboard.views.figures.palette import Palette, Scheme, get_palette
from pipeline.values.service_status import Finished

HEIGHT_PX = 220  # px
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY_UP_TO = 2 * DAY  # a longer history is counted by the day
MIN_PERIODS = 8  # hours or days that are shown
MAX_LABELLED_BARS = 16  # bars whose number of films fits above them


def draw_throughput(history: Sequence[Finished], *, scheme: Scheme = Scheme.LIGHT) -> LayoutDOM | None:
    """Minutes of dubs finished in each hour, or in each day of a longer history, and of how many films. None without any."""
    if not history:
        return None
    colours = get_palette(scheme)
    every = _choose_period(history)
    source = ColumnDataSource(_count_by_period(history, every), name="dubbed")
    period = "an hour" if every == HOUR else "a day"
    drawn = _create_time_figure(colours, describe_throughput(history), f"minutes of dubs {period}")
    bars = drawn.quad("left", "right", "minutes", 0, fill_color=colours.accent, line_color=colours.card, source=source)
    if len(source.data["left"]) <= MAX_LABELLED_BARS:
        drawn.text("middle", "minutes", "films", source=source, text_align="center", y_offset=-3, **_label_style(colours))
    drawn.y_range = Range1d(0.0, 1.2 * max(source.data["minutes"]))
    last = max(source.data["right"])  # one bar alone is no wall
    drawn.x_range = Range1d(min(*source.data["left"], last - MIN_PERIODS * every) - every / 2, last + every / 2)
    drawn.xgrid.grid_line_color = None
    drawn.add_tools(
        _create_time_hover(
            colours, ("@films, @minutes{0.0} minutes of dubs", f"{period} from @left{{%Y-%m-%d %H:%M}}"), bars, "@left"
        )
    )
    return drawn


def draw_real_time_factors(history: Sequence[Finished], *, scheme: Scheme = Scheme.LIGHT) -> LayoutDOM | None:
    """The real-time factor of each film over time, with the median. None without any."""
    if not history:
        return None
    colours = get_palette(scheme)
    ordered = sorted(history, key=lambda done: done.finished_at)
    middle = median(done.factor for done in history)
    early, late = ordered[0].finished_at, ordered[-1].finished_at
    margin = max(HOUR, (late - early) / 20)
    drawn = _create_time_figure(colours, describe_throughput(history), "real-time factor")
    drawn.x_range = Range1d(early - margin, late + margin)
    drawn.y_range = Range1d(0.0, 1.2 * max(done.factor for done in history))
    drawn.hspan(y=middle, line_color=colours.soft, line_dash="dashed", name="median")
    source = ColumnDataSource(_build_columns(ordered), name="finished")
    points = drawn.scatter("at", "factor", size=8, fill_color=colours.accent, line_color=colours.card, source=source)
    drawn.text(
        [early - margin],
        [middle],
        [f"median {middle:.2g}"],
        x_offset=6,
        y_offset=-4,
        **_label_style(colours),
        **_label_background(colours),
    )
    drawn.add_tools(_create_time_hover(colours, ("task @task, @at{%Y-%m-%d %H:%M}", "@said"), points, "@at"))
    return drawn


def _choose_period(history: Sequence[Finished]) -> timedelta:
    moments = [done.finished_at for done in history]
    return HOUR if max(moments) - min(moments) <= HOURLY_UP_TO else DAY


def _start_of_period(at: datetime, every: timedelta) -> datetime:
    """When the hour or the day of a moment began."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // every * every


def _count_by_period(history: Sequence[Finished], every: timedelta) -> dict[str, list[object]]:
    """One row per hour or day in which something was finished. A film's minutes count once for each language."""
    found: dict[str, list[object]] = {"left": [], "middle": [], "right": [], "minutes": [], "films": []}
    ordered = sorted(history, key=lambda done: done.finished_at)
    for begun, group in groupby(ordered, key=lambda done: _start_of_period(done.finished_at, every)):
        films = list(group)
        row = (
            begun,
            begun + every / 2,
            begun + every,
            round(sum(done.film_seconds * done.languages for done in films) / 60.0, 2),
        )
        for name, each in zip(found, (*row, format_count(len(films), "film")), strict=True):
            found[name].append(each)
    return found


def _build_columns(history: Sequence[Finished]) -> dict[str, list[object]]:
    return {
        "task": [done.task_id for done in history],
        "at": [done.finished_at for done in history],
        "factor": [round(done.factor, 4) for done in history],
        "said": [
            f"{formatting.format_duration(done.work_seconds)} of work for {formatting.format_duration(done.film_seconds)} of film"
            f" in {format_count(done.languages, 'language')}"
            for done in history
        ],
    }


def _create_time_figure(colours: Palette, said: str, y: str) -> figure:
    drawn = create_figure(colours, height=HEIGHT_PX, alt_text=said, x="time (UTC)", y=y, x_axis_type="datetime")
    forms = {"seconds": "%H:%M:%S", "minsec": "%H:%M:%S", "minutes": "%H:%M", "hourmin": "%H:%M", "hours": "%H:%M"}
    drawn.xaxis.formatter = DatetimeTickFormatter(**forms, days="%d %b", months="%b %Y", years="%Y", context=None)
    drawn.xaxis.ticker = DatetimeTicker(desired_num_ticks=5, num_minor_ticks=0)
    return drawn


def _label_style(colours: Palette) -> dict[str, Any]:
    return {"text_color": colours.text, "text_font": value(FONT), "text_font_size": "12px"}


def _label_background(colours: Palette) -> dict[str, Any]:
    """Behind letters that may meet points."""
    return {"background_fill_color": colours.card, "background_fill_alpha": 0.8, "padding": 2}


def _create_time_hover(colours: Palette, rows: Sequence[str], renderer: Any, moment: str) -> Any:
    tool = create_hover_tool(colours, rows, [renderer])
    tool.formatters = {moment: "datetime"}
    return tool
