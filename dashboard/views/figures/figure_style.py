"""Common style of the figures: background, fonts, axes, timecodes, hover tooltips."""

from collections.abc import Sequence
from typing import Any

from bokeh.models import (
    AdaptiveTicker,
    AllLabels,
    Axis,
    FixedTicker,
    HoverTool,
    NoOverlap,
    NumeralTickFormatter,
    PlainText,
)
from bokeh.plotting import figure

from dashboard.views.figures.label_text import FONT
from dashboard.views.figures.palette import Palette


def create_figure(palette: Palette, *, height: int, alt_text: str, x: str = "", y: str = "", **options: Any) -> figure:
    """Empty figure in the page's colours. `x`, `y`: axis labels with units; `alt_text`: for screen readers."""
    plot = figure(
        **{"tools": "", "toolbar_location": None} | options,
        height=height,
        sizing_mode="stretch_width",
        min_width=240,
        background_fill_color=palette.card,
        border_fill_color=palette.card,
        outline_line_color=None,
        html_attributes={"role": "figure", "aria-label": alt_text},
    )
    plot.toolbar.logo = None
    for axis, label in ((plot.xaxis[0], x), (plot.yaxis[0], y)):
        _style_axis(axis, palette, label)
    plot.xgrid.grid_line_color = plot.ygrid.grid_line_color = palette.line
    return plot


def _style_axis(axis: Axis, palette: Palette, label: str) -> None:
    axis.axis_label = label or None
    axis.axis_label_text_font = axis.major_label_text_font = FONT
    axis.axis_label_text_font_style = "normal"
    axis.axis_label_text_font_size = axis.major_label_text_font_size = "12px"
    axis.axis_label_text_color = palette.soft
    axis.major_label_text_color = palette.text
    axis.axis_line_color = axis.major_tick_line_color = palette.soft
    axis.minor_tick_line_color = None
    axis.major_label_policy = NoOverlap(min_distance=8)


def format_axis_as_clock(axis: Axis, *, ticks: int = 6) -> None:
    """Format an axis of seconds as h:mm:ss, with ticks at round minutes."""
    axis.formatter = NumeralTickFormatter(format="00:00:00")
    axis.ticker = AdaptiveTicker(
        base=60, mantissas=[1, 2, 5, 10, 15, 30], min_interval=1, desired_num_ticks=ticks, num_minor_ticks=0
    )


def create_hover_tool(palette: Palette, rows: Sequence[str], renderers: Sequence[Any]) -> HoverTool:
    """Hover tool with rows of trusted words and `@column`s, whose text Bokeh escapes."""
    # Bokeh's tooltips are white in any scheme and outside of the figure: they need a background of their own.
    look = f"margin:-5px;padding:6px 9px;max-width:min(24rem,80vw);background:{palette.card};color:{palette.text};font:13px/1.45 {FONT}"
    tip = "".join(f'<div style="overflow-wrap:anywhere">{row}</div>' for row in rows)
    return HoverTool(
        renderers=list(renderers),
        tooltips=f'<div style="{look}">{tip}</div>',
        point_policy="follow_mouse",
        show_arrow=False,
        visible=False,
    )


def label_rows(axis: Axis, names: Sequence[str]) -> None:
    """Label rows of height 1 at their middle. As `PlainText`: a name with dollar signs is no MathJax formula."""
    axis.ticker = FixedTicker(ticks=[row + 0.5 for row in range(len(names))])
    axis.major_label_overrides = {row + 0.5: PlainText(text=name) for row, name in enumerate(names)}
    axis.major_label_policy = AllLabels()
    axis.axis_line_color = axis.major_tick_line_color = None
