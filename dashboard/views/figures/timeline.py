"""Timeline figure of a dub: each speaker's source lines and takes, coloured by speech rate, with an overview of long films.

For the page's script: the source of the lines is named `lines` (its column `number` is the line's, `selected` what was
tapped), the playback position is a `Span` named `playhead` (its `location` in seconds; shown once `visible`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from bokeh.core.properties import value
from bokeh.layouts import column
from bokeh.models import (
    BoxZoomTool,
    CDSView,
    ColumnDataSource,
    CustomJS,
    Div,
    IndexFilter,
    LayoutDOM,
    PanTool,
    Range1d,
    RangeTool,
    ResetTool,
    Span,
    TapTool,
    WheelZoomTool,
)
from bokeh.plotting import figure

from dashboard.views.figures import lanes as layout
from dashboard.views.figures.alt_text import describe_timeline
from dashboard.views.figures.figure_style import create_figure, create_hover_tool, format_axis_as_clock, label_rows
from dashboard.views.figures.label_text import FONT, truncate_text
from dashboard.views.figures.palette import Palette, Scheme, get_palette
from dashboard.views.figures.speech_rate import RATE_LABELS, format_rate_range
from pipeline.values.tasks import LineRow

FIRST_VIEW_S = 120.0  # initial range of a longer film
MIN_VIEW_S = 4.0  # maximal zoom
BAR_HEIGHT = 0.4  # of a lane's height
MARGIN_PX = 104  # left of the frames, for names
MAX_NAME_CHARS = 13  # in the margin


def draw_timeline(
    lines: Sequence[LineRow],
    *,
    names: Mapping[str, str] = {},
    duration: float | None = None,
    scheme: Scheme = Scheme.LIGHT,
) -> LayoutDOM | None:
    """Lines of one dub over time; None without lines. `names`: speaker label → display name; `duration`: of the film, seconds."""
    if not lines:
        return None
    colours = get_palette(scheme)
    end = max(duration or 0.0, *(max(line.end, line.dub_start + line.dub_seconds) for line in lines))
    lanes = layout.group_into_lanes(lines, names)
    source = ColumnDataSource(layout.build_columns(lines, lanes, names, colours), name="lines")
    view = Range1d(0.0, min(end, FIRST_VIEW_S) if end > 2 * FIRST_VIEW_S else end, bounds=(0.0, end), name="time")
    view.min_interval, view.max_interval = min(MIN_VIEW_S, end), end
    alt_text = describe_timeline(lines, names=names)
    parts = [_draw_legend(colours), _draw_lines(source, lanes, view, colours, alt_text)]
    if view.end < end:
        parts.append(_draw_overview(lines, end, view, colours))
    return column(*parts, sizing_mode="stretch_width", name="timeline", spacing=0)


def _draw_lines(source: ColumnDataSource, lanes: Sequence[layout.Lane], view: Range1d, colours: Palette, alt_text: str) -> figure:
    plot = create_figure(
        colours,
        height=60 + len(lanes) * max(24, min(52, 440 // len(lanes))),
        alt_text=alt_text,
        x_range=view,
        y_range=Range1d(len(lanes), 0),
        toolbar_location="above",
        min_border_left=MARGIN_PX,
        min_border_right=16,
        lod_threshold=None,  # a tenth of the lines while one drags would look like lines that vanish
        name="film",
    )
    format_axis_as_clock(plot.xaxis[0])
    plot.ygrid.grid_line_color = None
    label_rows(plot.yaxis[0], [truncate_text(lane.name, MAX_NAME_CHARS) for lane in lanes])
    plot.hspan(y=list(range(1, len(lanes))), line_color=colours.line, level="underlay")
    bars = _draw_bars(plot, source, colours)
    plot.add_layout(
        Span(
            name="playhead",
            location=0.0,
            dimension="height",
            line_color=colours.accent,
            line_width=2,
            visible=False,
            level="overlay",
        )
    )
    _add_tools(plot, bars, colours)
    _add_viewport_callback(plot, source, bars, colours)
    return plot


def _draw_bars(plot: figure, source: ColumnDataSource, colours: Palette) -> list[Any]:
    """Bars that can be tapped: source lines, takes, and lines with the original audio."""
    seen, dubbed, left = _make_first_view_filters(source, plot.x_range)

    def bar(y: str, left: str, right: str, filter: IndexFilter, **look: Any) -> Any:  # noqa: A002 -- Bokeh's word
        shown = CDSView(filter=filter)
        bars = plot.hbar(y=y, left=left, right=right, height=BAR_HEIGHT, source=source, view=shown, **{"line_color": None} | look)
        bars.nonselection_glyph = None  # what is not selected stays as it is
        return bars

    chosen = {"selection_line_color": colours.text, "selection_line_width": 2}
    bar("slot_y", "end", "latest_end", seen, fill_color=colours.spare).selection_glyph = None
    hatch = {"fill_alpha": 0, "hatch_pattern": "/", "hatch_color": colours.soft, "hatch_scale": 8}
    return [
        bar("slot_y", "start", "end", seen, fill_color=colours.slot.fill, name="slots", **chosen),
        bar("take_y", "dub_start", "dub_end", dubbed, fill_color="fill", name="takes", **chosen),
        bar("take_y", "dub_start", "dub_end", left, name="left", **hatch, **chosen),
    ]


def _make_first_view_filters(source: ColumnDataSource, view: Range1d) -> tuple[IndexFilter, IndexFilter, IndexFilter]:
    """Filters of the initially visible lines: all, dubbed, not dubbed. The browser updates them."""
    rows = source.data
    seen = [n for n, start in enumerate(rows["start"]) if start < view.end]
    dubbed = [n for n in seen if rows["dubbed"][n]]
    left = [n for n in seen if not rows["dubbed"][n]]
    return IndexFilter(seen, name="seen"), IndexFilter(dubbed, name="dubbed"), IndexFilter(left, name="left")


def _add_tools(plot: figure, bars: Sequence[Any], colours: Palette) -> None:
    rows = ("<b>@number</b> @name", "@summary", "<i>@source_text</i>", "@text")
    pan = PanTool(dimensions="width", description="Drag along time")
    # Only with Ctrl: a page that scrolls must not be caught here. Bokeh tells so when somebody tries without.
    wheel = WheelZoomTool(dimensions="width", modifiers="ctrl", maintain_focus=False)
    plot.add_tools(
        pan,
        wheel,
        BoxZoomTool(dimensions="width"),
        ResetTool(),
        TapTool(renderers=list(bars)),
        create_hover_tool(colours, rows, bars),
    )
    plot.toolbar.active_drag, plot.toolbar.active_scroll = pan, wheel


def _add_viewport_callback(plot: figure, source: ColumnDataSource, bars: Sequence[Any], colours: Palette) -> None:
    """Callback that renders only the visible range, with captions in bars that are wide enough."""
    runs = ColumnDataSource({"left": [], "right": [], "y": [], "fill": []}, name="runs")
    captions = ColumnDataSource({"x": [], "y": [], "text": [], "ink": []}, name="captions")
    plot.hbar(y="y", left="left", right="right", height=BAR_HEIGHT, fill_color="fill", line_color=None, source=runs)
    letters = {"text_font": value(FONT), "text_font_size": "12px", "text_baseline": "middle", "x_offset": 5}
    plot.text("x", "y", "text", text_color="ink", source=captions, **letters)
    slots, takes, left = bars
    args = {"lines": source, "runs": runs, "captions": captions, "range": plot.x_range, "plot": plot, "font": f"12px {FONT}"}
    args |= {"seen": slots.view.filter, "dubbed": takes.view.filter, "left": left.view.filter, "slot": asdict(colours.slot)}
    look = CustomJS(args=args, code=_read_viewport_script())
    for model, change in ((plot.x_range, "start"), (plot.x_range, "end"), (plot, "inner_width"), (source, "data")):
        model.js_on_change(change, look)


@cache
def _read_viewport_script() -> str:
    return Path(__file__).with_name("viewport.js").read_text(encoding="utf-8")


def _draw_overview(lines: Sequence[LineRow], end: float, view: Range1d, colours: Palette) -> figure:
    """Overview strip of the whole film, with a range selector."""
    plot = create_figure(
        colours,
        height=74,
        alt_text="Overview of the film: speech over time, coloured by speech rate",
        x_range=Range1d(0.0, end),
        y_range=Range1d(0.0, 1.05),
        min_border_left=MARGIN_PX,
        min_border_right=16,
        lod_threshold=None,
        name="whole",
    )
    format_axis_as_clock(plot.xaxis[0])
    plot.yaxis[0].visible = False
    plot.ygrid.grid_line_color = None
    plot.quad(
        "left",
        "right",
        "top",
        0,
        fill_color="fill",
        line_color=None,
        source=ColumnDataSource(layout.build_overview_strips(lines, end, colours)),
    )
    frame = RangeTool(x_range=view, start_gesture="pan")
    frame.overlay.fill_color, frame.overlay.fill_alpha = colours.accent, 0.15
    frame.overlay.line_color, frame.overlay.line_dash = colours.accent, "solid"
    frame.overlay.line_alpha, frame.overlay.line_width = 1.0, 2
    plot.add_tools(frame)
    return plot


def _draw_legend(colours: Palette) -> Div:
    """Legend of the bars, wrapping on narrow pages."""
    swatches = [(colours.slot.fill, "Source line"), (colours.spare, "Usable silence")]
    hatched = f"repeating-linear-gradient(-45deg, {colours.soft} 0 1px, {colours.card} 1px 5px)"
    swatches.append((hatched, "Original audio kept"))
    swatches += [
        (tone.fill, f"{name} ({format_rate_range(n)})")
        for n, (tone, name) in enumerate(zip(colours.rates, RATE_LABELS, strict=True))
    ]
    mark = '<span style="white-space:nowrap"><span style="display:inline-block;width:1.4em;height:.75em;margin-right:.4em;background:{}"></span>{}</span>'
    return Div(
        text='<div style="display:flex;flex-wrap:wrap;gap:.15em 1.2em">'
        + "".join(mark.format(*each) for each in swatches)
        + "</div>",
        name="legend",
        disable_math=True,
        sizing_mode="stretch_width",
        styles={"color": colours.text, "font": f"12.5px/1.5 {FONT}", "background": colours.card, "padding": "2px 8px 6px"},
        margin=0,
    )
