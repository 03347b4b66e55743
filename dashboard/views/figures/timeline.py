"""The timeline of a dub: each speaker's lines in the film, the takes below them, and how far those are pressed.

For the page's script: the source of the lines is named `lines` (its column `number` is the line's, `selected` what was
tapped), the moment being played is a `Span` named `playhead` (its `location` in seconds; shown once `visible`).
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

from dashboard.views.figures import lanes as laid
from dashboard.views.figures.alt_text import describe_timeline
from dashboard.views.figures.figure_style import create_figure, create_hover_tool, format_axis_as_clock, label_rows
from dashboard.views.figures.label_text import FONT, truncate_text
from dashboard.views.figures.palette import Palette, Scheme, get_palette
from dashboard.views.figures.speech_rate import RATE_LABELS, format_rate_range
from pipeline.values.tasks import LineRow

FIRST_VIEW_S = 120.0  # s of a longer film that are shown at first
MIN_VIEW_S = 4.0  # s: nearer than this there is nothing to see
BAR_HEIGHT = 0.4  # of a lane's height
MARGIN_PX = 104  # px left of the frames, for names
MAX_NAME_CHARS = 13  # of a name that fit there


def draw_timeline(
    lines: Sequence[LineRow],
    *,
    names: Mapping[str, str] = {},
    duration: float | None = None,
    scheme: Scheme = Scheme.LIGHT,
) -> LayoutDOM | None:
    """The lines of one dub over time. `names`: speaker's label → display name; `duration` of the film, seconds."""
    if not lines:
        return None
    colours = get_palette(scheme)
    end = max(duration or 0.0, *(max(line.end, line.dub_start + line.dub_seconds) for line in lines))
    found = laid.group_into_lanes(lines, names)
    source = ColumnDataSource(laid.build_columns(lines, found, names, colours), name="lines")
    sight = Range1d(0.0, min(end, FIRST_VIEW_S) if end > 2 * FIRST_VIEW_S else end, bounds=(0.0, end), name="time")
    sight.min_interval, sight.max_interval = min(MIN_VIEW_S, end), end
    said = describe_timeline(lines, names=names)
    parts = [_draw_legend(colours), _draw_lines(source, found, sight, colours, said)]
    if sight.end < end:
        parts.append(_draw_overview(lines, end, sight, colours))
    return column(*parts, sizing_mode="stretch_width", name="timeline", spacing=0)


def _draw_lines(source: ColumnDataSource, lanes: Sequence[laid.Lane], sight: Range1d, colours: Palette, said: str) -> figure:
    drawn = create_figure(
        colours,
        height=60 + len(lanes) * max(24, min(52, 440 // len(lanes))),
        alt_text=said,
        x_range=sight,
        y_range=Range1d(len(lanes), 0),
        toolbar_location="above",
        min_border_left=MARGIN_PX,
        min_border_right=16,
        lod_threshold=None,  # a tenth of the lines while one drags would look like lines that vanish
        name="film",
    )
    format_axis_as_clock(drawn.xaxis[0])
    drawn.ygrid.grid_line_color = None
    label_rows(drawn.yaxis[0], [truncate_text(lane.name, MAX_NAME_CHARS) for lane in lanes])
    drawn.hspan(y=list(range(1, len(lanes))), line_color=colours.line, level="underlay")
    bars = _draw_bars(drawn, source, colours)
    drawn.add_layout(
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
    _add_tools(drawn, bars, colours)
    _add_viewport_callback(drawn, source, bars, colours)
    return drawn


def _draw_bars(drawn: figure, source: ColumnDataSource, colours: Palette) -> list[Any]:
    """The bars that may be tapped: lines, takes, and lines that were left to the original."""
    seen, dubbed, left = _first_view_filters(source, drawn.x_range)

    def bar(y: str, left: str, right: str, filter: IndexFilter, **look: Any) -> Any:  # noqa: A002 -- Bokeh's word
        view = CDSView(filter=filter)
        bars = drawn.hbar(y=y, left=left, right=right, height=BAR_HEIGHT, source=source, view=view, **{"line_color": None} | look)
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


def _first_view_filters(source: ColumnDataSource, sight: Range1d) -> tuple[IndexFilter, IndexFilter, IndexFilter]:
    """Which lines are drawn: those in sight, and of them the dubbed ones and the others. The browser keeps them so."""
    rows = source.data
    seen = [n for n, start in enumerate(rows["start"]) if start < sight.end]
    dubbed = [n for n in seen if rows["dubbed"][n]]
    left = [n for n in seen if not rows["dubbed"][n]]
    return IndexFilter(seen, name="seen"), IndexFilter(dubbed, name="dubbed"), IndexFilter(left, name="left")


def _add_tools(drawn: figure, bars: Sequence[Any], colours: Palette) -> None:
    told = ("<b>@number</b> @name", "@said", "<i>@source_text</i>", "@text")
    pan = PanTool(dimensions="width", description="Drag along time")
    # Only with Ctrl: a page that scrolls must not be caught here. Bokeh tells so when somebody tries without.
    wheel = WheelZoomTool(dimensions="width", modifiers="ctrl", maintain_focus=False)
    drawn.add_tools(
        pan,
        wheel,
        BoxZoomTool(dimensions="width"),
        ResetTool(),
        TapTool(renderers=list(bars)),
        create_hover_tool(colours, told, bars),
    )
    drawn.toolbar.active_drag, drawn.toolbar.active_scroll = pan, wheel


def _add_viewport_callback(drawn: figure, source: ColumnDataSource, bars: Sequence[Any], colours: Palette) -> None:
    """Have the browser draw what is in sight, and write the words into bars that are wide enough."""
    runs = ColumnDataSource({"left": [], "right": [], "y": [], "fill": []}, name="runs")
    captions = ColumnDataSource({"x": [], "y": [], "text": [], "ink": []}, name="captions")
    drawn.hbar(y="y", left="left", right="right", height=BAR_HEIGHT, fill_color="fill", line_color=None, source=runs)
    letters = {"text_font": value(FONT), "text_font_size": "12px", "text_baseline": "middle", "x_offset": 5}
    drawn.text("x", "y", "text", text_color="ink", source=captions, **letters)
    slots, takes, left = bars
    given = {"lines": source, "runs": runs, "captions": captions, "range": drawn.x_range, "plot": drawn, "font": f"12px {FONT}"}
    given |= {"seen": slots.view.filter, "dubbed": takes.view.filter, "left": left.view.filter, "slot": asdict(colours.slot)}
    look = CustomJS(args=given, code=_viewport_script())
    for model, change in ((drawn.x_range, "start"), (drawn.x_range, "end"), (drawn, "inner_width"), (source, "data")):
        model.js_on_change(change, look)


@cache
def _viewport_script() -> str:
    return Path(__file__).with_name("viewport.js").read_text(encoding="utf-8")


def _draw_overview(lines: Sequence[LineRow], end: float, sight: Range1d, colours: Palette) -> figure:
    """The whole film in a strip, with a frame around what the lines above show."""
    drawn = create_figure(
        colours,
        height=74,
        alt_text="The whole film: how much is spoken when, and where the dub is pressed",
        x_range=Range1d(0.0, end),
        y_range=Range1d(0.0, 1.05),
        min_border_left=MARGIN_PX,
        min_border_right=16,
        lod_threshold=None,
        name="whole",
    )
    format_axis_as_clock(drawn.xaxis[0])
    drawn.yaxis[0].visible = False
    drawn.ygrid.grid_line_color = None
    drawn.quad(
        "left",
        "right",
        "top",
        0,
        fill_color="fill",
        line_color=None,
        source=ColumnDataSource(laid.build_overview_strips(lines, end, colours)),
    )
    frame = RangeTool(x_range=sight, start_gesture="pan")
    frame.overlay.fill_color, frame.overlay.fill_alpha = colours.accent, 0.15
    frame.overlay.line_color, frame.overlay.line_dash = colours.accent, "solid"
    frame.overlay.line_alpha, frame.overlay.line_width = 1.0, 2
    drawn.add_tools(frame)
    return drawn


def _draw_legend(colours: Palette) -> Div:
    """What the bars mean. Words of ours only; they wrap where the page is narrow."""
    swatches = [(colours.slot.fill, "the film's line"), (colours.spare, "silence it may borrow")]
    hatched = f"repeating-linear-gradient(-45deg, {colours.soft} 0 1px, {colours.card} 1px 5px)"
    swatches.append((hatched, "left to the original"))
    swatches += [
        (tone.fill, f"{name}, {format_rate_range(n)}")
        for n, (tone, name) in enumerate(zip(colours.paces, RATE_LABELS, strict=True))
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
