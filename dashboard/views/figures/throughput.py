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
from dashboard.views.figures.alt_text import throughput_summary
from dashboard.views.figures.figure_style import drawing, hovering
from dashboard.views.figures.label_text import FONT, counted
from dashboard.views.figures.palette import Palette, Scheme, palette
from pipeline.values.service_status import Finished

__all__ = ["factors", "throughput", "throughput_summary"]

HEIGHT = 220  # px
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY = 2 * DAY  # a longer history is counted by the day
FEWEST = 8  # hours or days that are shown
LABELLED = 16  # bars whose number of films fits above them


def throughput(history: Sequence[Finished], *, scheme: Scheme = Scheme.LIGHT) -> LayoutDOM | None:
    """Minutes of dubs finished in each hour, or in each day of a longer history, and of how many films. None without any."""
    if not history:
        return None
    colours = palette(scheme)
    every = _every(history)
    source = ColumnDataSource(_counted(history, every), name="dubbed")
    period = "an hour" if every == HOUR else "a day"
    drawn = _dated(colours, throughput_summary(history), f"minutes of dubs {period}")
    bars = drawn.quad("left", "right", "minutes", 0, fill_color=colours.accent, line_color=colours.card, source=source)
    if len(source.data["left"]) <= LABELLED:
        drawn.text("middle", "minutes", "films", source=source, text_align="center", y_offset=-3, **_letters(colours))
    drawn.y_range = Range1d(0.0, 1.2 * max(source.data["minutes"]))
    last = max(source.data["right"])  # one bar alone is no wall
    drawn.x_range = Range1d(min(*source.data["left"], last - FEWEST * every) - every / 2, last + every / 2)
    drawn.xgrid.grid_line_color = None
    drawn.add_tools(
        _told(colours, ("@films, @minutes{0.0} minutes of dubs", f"{period} from @left{{%Y-%m-%d %H:%M}}"), bars, "@left")
    )
    return drawn


def factors(history: Sequence[Finished], *, scheme: Scheme = Scheme.LIGHT) -> LayoutDOM | None:
    """The real-time factor of each film over time, with the median. None without any."""
    if not history:
        return None
    colours = palette(scheme)
    ordered = sorted(history, key=lambda done: done.finished_at)
    middle = median(done.factor for done in history)
    early, late = ordered[0].finished_at, ordered[-1].finished_at
    margin = max(HOUR, (late - early) / 20)
    drawn = _dated(colours, throughput_summary(history), "real-time factor")
    drawn.x_range = Range1d(early - margin, late + margin)
    drawn.y_range = Range1d(0.0, 1.2 * max(done.factor for done in history))
    drawn.hspan(y=middle, line_color=colours.soft, line_dash="dashed", name="median")
    source = ColumnDataSource(_each(ordered), name="finished")
    points = drawn.scatter("at", "factor", size=8, fill_color=colours.accent, line_color=colours.card, source=source)
    drawn.text(
        [early - margin], [middle], [f"median {middle:.2g}"], x_offset=6, y_offset=-4, **_letters(colours), **_ground(colours)
    )
    drawn.add_tools(_told(colours, ("task @task, @at{%Y-%m-%d %H:%M}", "@said"), points, "@at"))
    return drawn


def _every(history: Sequence[Finished]) -> timedelta:
    moments = [done.finished_at for done in history]
    return HOUR if max(moments) - min(moments) <= HOURLY else DAY


def _begun(at: datetime, every: timedelta) -> datetime:
    """When the hour or the day of a moment began."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // every * every


def _counted(history: Sequence[Finished], every: timedelta) -> dict[str, list[object]]:
    """One row per hour or day in which something was finished. A film's minutes count once for each language."""
    found: dict[str, list[object]] = {"left": [], "middle": [], "right": [], "minutes": [], "films": []}
    ordered = sorted(history, key=lambda done: done.finished_at)
    for begun, group in groupby(ordered, key=lambda done: _begun(done.finished_at, every)):
        films = list(group)
        row = (
            begun,
            begun + every / 2,
            begun + every,
            round(sum(done.film_seconds * done.languages for done in films) / 60.0, 2),
        )
        for name, each in zip(found, (*row, counted(len(films), "film")), strict=True):
            found[name].append(each)
    return found


def _each(history: Sequence[Finished]) -> dict[str, list[object]]:
    return {
        "task": [done.task_id for done in history],
        "at": [done.finished_at for done in history],
        "factor": [round(done.factor, 4) for done in history],
        "said": [
            f"{formatting.duration(done.work_seconds)} of work for {formatting.duration(done.film_seconds)} of film"
            f" in {counted(done.languages, 'language')}"
            for done in history
        ],
    }


def _dated(colours: Palette, said: str, y: str) -> figure:
    drawn = drawing(colours, height=HEIGHT, said=said, x="time (UTC)", y=y, x_axis_type="datetime")
    forms = {"seconds": "%H:%M:%S", "minsec": "%H:%M:%S", "minutes": "%H:%M", "hourmin": "%H:%M", "hours": "%H:%M"}
    drawn.xaxis.formatter = DatetimeTickFormatter(**forms, days="%d %b", months="%b %Y", years="%Y", context=None)
    drawn.xaxis.ticker = DatetimeTicker(desired_num_ticks=5, num_minor_ticks=0)
    return drawn


def _letters(colours: Palette) -> dict[str, Any]:
    return {"text_color": colours.text, "text_font": value(FONT), "text_font_size": "12px"}


def _ground(colours: Palette) -> dict[str, Any]:
    """Behind letters that may meet points."""
    return {"background_fill_color": colours.card, "background_fill_alpha": 0.8, "padding": 2}


def _told(colours: Palette, rows: Sequence[str], renderer: Any, moment: str) -> Any:
    tool = hovering(colours, rows, [renderer])
    tool.formatters = {moment: "datetime"}
    return tool
