"""Plots of a dub's quality over its lines: speech rate, isochrony, start offset, speech coverage."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bokeh.models import BasicTicker, ColumnDataSource, LayoutDOM, Range1d, TapTool
from bokeh.plotting import figure

from dashboard.views import formatting
from dashboard.views.figures.alt_text import describe_isochrony, describe_speech_rates, describe_start_offsets
from dashboard.views.figures.figure_style import create_figure, create_hover_tool, format_axis_as_clock
from dashboard.views.figures.lanes import is_dubbed
from dashboard.views.figures.palette import Palette, Scheme, get_palette
from dashboard.views.figures.speech_rate import compute_relative_rate, find_rate_step
from pipeline.values.tasks import LineRow

HEIGHT_PX = 240


def draw_speech_rates(lines: Sequence[LineRow], *, scheme: Scheme = Scheme.LIGHT) -> LayoutDOM | None:
    """Histogram of relative speech rates in bins of 0.05, coloured by step."""
    rates = [compute_relative_rate(line) for line in lines if is_dubbed(line)]
    if not rates:
        return None
    colours = get_palette(scheme)
    first, last = (int(np.floor(20.0 * each + 1e-6)) for each in (min(0.9, *rates), max(1.55, *rates)))
    edges = np.arange(first, last + 2) / 20.0
    plot = create_figure(colours, height=HEIGHT_PX, alt_text=describe_speech_rates(lines), x="speech rate (× natural)", y="lines")
    return _draw_histogram(
        plot, rates, edges, [colours.rates[find_rate_step(edge + 0.001)].fill for edge in edges[:-1]], colours, "{0.00}×"
    )


def draw_coverage(report: Mapping[str, Any], *, scheme: Scheme = Scheme.LIGHT) -> LayoutDOM | None:
    """Histogram of speech coverage per line. `report`: as for `describe_report`."""
    covered = [min(1.0, max(0.0, line["covered"])) * 100.0 for line in report["lines"]]
    if not covered:
        return None
    colours = get_palette(scheme)
    alt_text = f"Speech coverage: {report['coverage']:.0%} of the source's speech."
    plot = create_figure(colours, height=HEIGHT_PX, alt_text=alt_text, x="speech coverage of a line (%)", y="lines")
    return _draw_histogram(plot, covered, np.linspace(0.0, 100.0, 11), [colours.accent] * 10, colours, "{0} %")


def _draw_histogram(
    plot: figure, values: Sequence[float], edges: Any, fills: Sequence[str], colours: Palette, form: str
) -> LayoutDOM:
    counts, _ = np.histogram(values, edges)
    source = ColumnDataSource(
        {"left": edges[:-1].round(3).tolist(), "right": edges[1:].round(3).tolist(), "lines": counts.tolist(), "fill": fills},
        name="bars",
    )
    bars = plot.quad("left", "right", "lines", 0, fill_color="fill", line_color=colours.card, source=source)
    plot.y_range = Range1d(0, 1.08 * max(1, *counts.tolist()))
    plot.yaxis.ticker = BasicTicker(min_interval=1, desired_num_ticks=5, num_minor_ticks=0)
    plot.xgrid.grid_line_color = None
    plot.add_tools(create_hover_tool(colours, (f"@left{form} to @right{form}", "@lines lines"), [bars]))
    return plot


def draw_start_offsets(lines: Sequence[LineRow], *, scheme: Scheme = Scheme.LIGHT) -> LayoutDOM | None:
    """Scatter plot of start offsets over the film."""
    dubbed = [line for line in lines if is_dubbed(line)]
    if not dubbed:
        return None
    colours = get_palette(scheme)
    late = [line.dub_start - line.start for line in dubbed]
    plot = create_figure(
        colours, height=HEIGHT_PX, alt_text=describe_start_offsets(lines), x="time in the film", y="start offset (s)"
    )
    format_axis_as_clock(plot.xaxis[0], ticks=4)
    # A fixed minimal range: a dub on time looks like one, not like amplified noise.
    plot.y_range = Range1d(min(-0.1, 1.1 * min(late)), max(1.0, 1.1 * max(late)))
    plot.hspan(y=0.0, line_color=colours.soft)
    return _draw_points(plot, dubbed, "start", "late", colours)


def draw_isochrony(lines: Sequence[LineRow], *, scheme: Scheme = Scheme.LIGHT) -> LayoutDOM | None:
    """Scatter plot of line durations, dub over source; above the diagonal a line uses the silence after it."""
    dubbed = [line for line in lines if is_dubbed(line)]
    if not dubbed:
        return None
    colours = get_palette(scheme)
    plot = create_figure(
        colours, height=HEIGHT_PX, alt_text=describe_isochrony(lines), x="source duration (s)", y="dub duration (s)"
    )
    longest = 1.06 * max(max(line.dub_seconds, line.end - line.start) for line in dubbed)
    plot.x_range, plot.y_range = Range1d(0.0, longest), Range1d(0.0, longest)
    plot.line([0.0, longest], [0.0, longest], line_color=colours.soft, line_dash="dashed")
    return _draw_points(plot, dubbed, "given", "taken", colours)


def _draw_points(plot: figure, lines: Sequence[LineRow], x: str, y: str, colours: Palette) -> LayoutDOM:
    """Points of the lines, coloured by speech rate."""
    source = ColumnDataSource(
        {
            "number": [line.number for line in lines],
            "start": [round(line.start, 3) for line in lines],
            "given": [round(line.end - line.start, 3) for line in lines],
            "taken": [round(line.dub_seconds, 3) for line in lines],
            "late": [round(line.dub_start - line.start, 3) for line in lines],
            "fill": [colours.rates[find_rate_step(compute_relative_rate(line))].fill for line in lines],
            "at": [formatting.format_clock(line.start) for line in lines],
            "rate": [f"{compute_relative_rate(line):.2f}× natural rate" for line in lines],
        },
        name="lines",
    )
    points = plot.scatter(x, y, size=7, fill_color="fill", line_color=colours.card, line_width=0.5, source=source)
    rows = ("line @number at @at", "@taken{0.0} s for @given{0.0} s, offset @late{0.00} s", "@rate")
    plot.add_tools(create_hover_tool(colours, rows, [points]), TapTool(renderers=[points]))
    return plot
