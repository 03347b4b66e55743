"""Throughput over time: minutes of finished dubs per hour or day, and real-time factors. Days and hours are those of a time zone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, DatetimeTicker, DatetimeTickFormatter, LayoutDOM, Range1d
from bokeh.plotting import figure

from dashboard.views import formatting
from dashboard.views.figures.alt_text import describe_throughput
from dashboard.views.figures.figure_style import create_figure, create_hover_tool
from dashboard.views.figures.label_text import FONT, format_count
from dashboard.views.figures.palette import Palette, Scheme, get_palette
from pipeline.values.service_status import FinishedFilm

HEIGHT_PX = 220
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAX_HOURLY_HISTORY = 2 * DAY  # a longer history is counted by day
MIN_PERIODS = 8  # shown, hours or days
MAX_LABELLED_BARS = 16  # bars with room for a count above


def draw_throughput(history: Sequence[FinishedFilm], *, scheme: Scheme = Scheme.LIGHT, zone: str = "UTC") -> LayoutDOM | None:
    """Bar chart of the minutes of dubs finished per hour, or per day of a longer history. None without any."""
    if not history:
        return None
    colours = get_palette(scheme)
    history, zone = _localize(history, zone)
    every = _choose_period(history)
    source = ColumnDataSource(_count_by_period(history, every), name="dubbed")
    period = "hour" if every == HOUR else "day"
    plot = _create_time_figure(colours, describe_throughput(history), f"minutes of dubs per {period}", zone)
    bars = plot.quad("left", "right", "minutes", 0, fill_color=colours.accent, line_color=colours.card, source=source)
    if len(source.data["left"]) <= MAX_LABELLED_BARS:
        plot.text("middle", "minutes", "films", source=source, text_align="center", y_offset=-3, **_make_label_style(colours))
    plot.y_range = Range1d(0.0, 1.2 * max(source.data["minutes"]))
    last = max(source.data["right"])  # one bar alone is no wall
    plot.x_range = Range1d(min(*source.data["left"], last - MIN_PERIODS * every) - every / 2, last + every / 2)
    plot.xgrid.grid_line_color = None
    plot.add_tools(
        _create_time_hover(
            colours, ("@films, @minutes{0.0} minutes of dubs", f"{period} from @left{{%Y-%m-%d %H:%M}}"), bars, "@left"
        )
    )
    return plot


def draw_real_time_factors(
    history: Sequence[FinishedFilm], *, scheme: Scheme = Scheme.LIGHT, zone: str = "UTC"
) -> LayoutDOM | None:
    """Scatter plot of real-time factors over time, with the median. None without any."""
    if not history:
        return None
    colours = get_palette(scheme)
    history, zone = _localize(history, zone)
    ordered = sorted(history, key=lambda done: done.finished_at)
    middle = median(done.factor for done in history)
    early, late = ordered[0].finished_at, ordered[-1].finished_at
    margin = max(HOUR, (late - early) / 20)
    plot = _create_time_figure(colours, describe_throughput(history), "real-time factor", zone)
    plot.x_range = Range1d(early - margin, late + margin)
    plot.y_range = Range1d(0.0, 1.2 * max(done.factor for done in history))
    plot.hspan(y=middle, line_color=colours.soft, line_dash="dashed", name="median")
    source = ColumnDataSource(_build_columns(ordered), name="finished")
    points = plot.scatter("at", "factor", size=8, fill_color=colours.accent, line_color=colours.card, source=source)
    plot.text(
        [early - margin],
        [middle],
        [f"median {middle:.2g}"],
        x_offset=6,
        y_offset=-4,
        **_make_label_style(colours),
        **_make_label_background(colours),
    )
    plot.add_tools(_create_time_hover(colours, ("task @task, @at{%Y-%m-%d %H:%M}", "@summary"), points, "@at"))
    return plot


def _localize(history: Sequence[FinishedFilm], zone: str) -> tuple[tuple[FinishedFilm, ...], str]:
    """Films with their times in a time zone (IANA name), and its name; in UTC where it is unknown."""
    try:
        known: tzinfo = ZoneInfo(zone)
    except (ValueError, KeyError, OSError):  # malformed, not found, or a folder
        known, zone = UTC, "UTC"
    times = [done.finished_at.replace(tzinfo=UTC).astimezone(known).replace(tzinfo=None) for done in history]
    return tuple(replace(done, finished_at=at) for done, at in zip(history, times, strict=True)), zone


def _choose_period(history: Sequence[FinishedFilm]) -> timedelta:
    moments = [done.finished_at for done in history]
    return HOUR if max(moments) - min(moments) <= MAX_HOURLY_HISTORY else DAY


def _find_period_start(at: datetime, every: timedelta) -> datetime:
    """Start of the hour or day of a time."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // every * every


def _count_by_period(history: Sequence[FinishedFilm], every: timedelta) -> dict[str, list[object]]:
    """Columns with one row per hour or day in which dubs were finished; a film counts once per language."""
    found: dict[str, list[object]] = {"left": [], "middle": [], "right": [], "minutes": [], "films": []}
    ordered = sorted(history, key=lambda done: done.finished_at)
    for begun, group in groupby(ordered, key=lambda done: _find_period_start(done.finished_at, every)):
        films = list(group)
        row = (
            begun,
            begun + every / 2,
            begun + every,
            round(sum(done.film_seconds * done.languages for done in films) / 60.0, 2),
        )
        for name, each in zip(found, (*row, format_count(len(films), "video")), strict=True):
            found[name].append(each)
    return found


def _build_columns(history: Sequence[FinishedFilm]) -> dict[str, list[object]]:
    return {
        "task": [done.task_id for done in history],
        "at": [done.finished_at for done in history],
        "factor": [round(done.factor, 4) for done in history],
        "summary": [
            f"{formatting.format_duration(done.work_seconds)} of processing for {formatting.format_duration(done.film_seconds)} of video"
            f" in {format_count(done.languages, 'language')}"
            for done in history
        ],
    }


def _create_time_figure(colours: Palette, alt_text: str, y: str, zone: str) -> figure:
    plot = create_figure(colours, height=HEIGHT_PX, alt_text=alt_text, x=f"time ({zone})", y=y, x_axis_type="datetime")
    forms = {"seconds": "%H:%M:%S", "minsec": "%H:%M:%S", "minutes": "%H:%M", "hourmin": "%H:%M", "hours": "%H:%M"}
    plot.xaxis.formatter = DatetimeTickFormatter(**forms, days="%d %b", months="%b %Y", years="%Y", context=None)
    plot.xaxis.ticker = DatetimeTicker(desired_num_ticks=5, num_minor_ticks=0)
    return plot


def _make_label_style(colours: Palette) -> dict[str, Any]:
    return {"text_color": colours.text, "text_font": value(FONT), "text_font_size": "12px"}


def _make_label_background(colours: Palette) -> dict[str, Any]:
    """Text background over points."""
    return {"background_fill_color": colours.card, "background_fill_alpha": 0.8, "padding": 2}


def _create_time_hover(colours: Palette, rows: Sequence[str], renderer: Any, moment: str) -> Any:
    tool = create_hover_tool(colours, rows, [renderer])
    tool.formatters = {moment: "datetime"}
    return tool
