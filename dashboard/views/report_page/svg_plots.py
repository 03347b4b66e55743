"""Plots of a report as inline SVG: scatter plots and histograms, whose marks say their values; no script, no foreign font."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

WIDTH, HEIGHT = 600, 230  # px of the drawing, which scales with the page
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 10, 40  # px around the axes
TICKS = 5
MAX_TAB_STOPS = 100  # marks of a plot that the Tab key reaches; of more only those beyond a bound

PLOT = Markup(
    '<figure><h3 id="{name}">{title}</h3><svg viewBox="0 0 {width} {height}" role="{role}" aria-labelledby="{name} {name}-text">'
    "{axes}{marks}</svg>"
    '<figcaption id="{name}-text">{text}</figcaption></figure>'
)
GRID_Y = Markup(
    '<line class="grid" x1="{left}" x2="{right}" y1="{at}" y2="{at}"/><text x="{text}" y="{at}" dy="4" text-anchor="end">{label}</text>'
)
TICK_X = Markup('<text x="{at}" y="{y}" text-anchor="{anchor}">{label}</text>')
AXIS = Markup(
    '<line class="axis" x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}"/><text x="{middle}" y="{y}" text-anchor="middle">{label}</text>'
)
BOUND = Markup('<line class="bound" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}"/>')
POINT = Markup('<a href="{href}"{tab}><circle class="mark{off}" cx="{x}" cy="{y}" r="3.2"><title>{text}</title></circle></a>')
SKIPPED = Markup(' tabindex="-1"')
BAR = Markup('<rect class="mark{off}" x="{x}" y="{y}" width="{width}" height="{height}"><title>{text}</title></rect>')


@dataclass(frozen=True, slots=True)
class Mark:
    """One point of a scatter plot. `text`: said where the pointer rests on it; `href`: where it leads; `off`: beyond a bound."""

    x: float
    y: float
    text: str
    href: str
    off: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """Texts of a plot. `x`: label of the horizontal axis; `text`: the plot in a sentence; `format_x`: label of a tick."""

    name: str
    title: str
    x: str
    text: str
    format_x: Callable[[float], str] = lambda value: f"{value:g}"


@dataclass(frozen=True, slots=True)
class _Scale:
    """Linear scale of both axes from values to pixels."""

    x: tuple[float, float]
    y: tuple[float, float]

    def place_x(self, value: float) -> float:
        """Pixels from the left."""
        return round(LEFT + (value - self.x[0]) / (self.x[1] - self.x[0]) * (WIDTH - LEFT - RIGHT), 1)

    def place_y(self, value: float) -> float:
        """Pixels from the top."""
        return round(HEIGHT - BOTTOM - (value - self.y[0]) / (self.y[1] - self.y[0]) * (HEIGHT - TOP - BOTTOM), 1)


def draw_scatter(plot: Plot, marks: Sequence[Mark], *, y_range: tuple[float, float], bounds: Sequence[float] = ()) -> Markup:
    """Scatter plot. `y_range`: the least that the vertical axis shows; `bounds`: values at which a horizontal line is drawn."""
    high = max(1e-3, *(mark.x for mark in marks)) if marks else 1.0
    values = [mark.y for mark in marks]
    scale = _Scale((0.0, high), (min(y_range[0], *values, y_range[0]), max(y_range[1], *values, y_range[1])))
    lines = (BOUND.format(x1=LEFT, x2=WIDTH - RIGHT, y1=scale.place_y(each), y2=scale.place_y(each)) for each in bounds)
    points = (
        POINT.format(
            href=mark.href,
            tab="" if mark.off or len(marks) <= MAX_TAB_STOPS else SKIPPED,
            off=" off" if mark.off else "",
            x=scale.place_x(mark.x),
            y=scale.place_y(mark.y),
            text=mark.text,
        )
        for mark in marks
    )
    return _draw_plot(plot, scale, Markup("").join((*lines, *points)), np.linspace(0.0, high, TICKS).tolist(), role="group")


def draw_histogram(
    plot: Plot, values: Sequence[float], *, step: float, span: tuple[float, float], good: tuple[float, float]
) -> Markup:
    """Histogram in bins of `step`, at least over `span`; bars outside of `good` are marked."""
    low, high = min(span[0], *values, span[0]), max(span[1], *values, span[1])
    first, last = int(np.floor(low / step + 1e-6)), int(np.ceil(high / step - 1e-6))
    counts, edges = np.histogram(values, np.arange(first, last + 1) * step)
    scale = _Scale((float(edges[0]), float(edges[-1])), (0.0, float(max(1, counts.max()))))
    bars = (
        BAR.format(
            off="" if good[0] - 1e-6 <= edge and edge + step <= good[1] + 1e-6 else " off",
            x=scale.place_x(edge) + 0.5,
            y=scale.place_y(count),
            width=round(scale.place_x(edge + step) - scale.place_x(edge) - 1.0, 1),
            height=round(scale.place_y(0.0) - scale.place_y(count), 1),
            text=f"{plot.format_x(round(edge, 3))} to {plot.format_x(round(edge + step, 3))}: {count} {'line' if count == 1 else 'lines'}",
        )
        for edge, count in zip(edges[:-1].tolist(), counts.tolist(), strict=True)
        if count
    )
    every = max(1, round((last - first) / 8))
    return _draw_plot(plot, scale, Markup("").join(bars), edges[::every].tolist())


def _draw_plot(plot: Plot, scale: _Scale, marks: Markup, ticks: Sequence[float], *, role: str = "img") -> Markup:
    span = scale.y[1] - scale.y[0]
    step = next((each for each in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if span / each <= TICKS), 2000)
    rows = np.arange(np.ceil(scale.y[0] / step), np.floor(scale.y[1] / step + 1e-6) + 1) * step
    grid = (
        GRID_Y.format(left=LEFT, right=WIDTH - RIGHT, at=scale.place_y(row), text=LEFT - 7, label=f"{round(row, 3):g}")
        for row in rows.tolist()
    )
    columns = [
        TICK_X.format(
            at=scale.place_x(tick),
            y=HEIGHT - BOTTOM + 16,
            label=plot.format_x(round(float(tick), 3)),
            anchor=_choose_anchor(n, len(ticks)),
        )
        for n, tick in enumerate(ticks)
    ]
    axis = AXIS.format(
        left=LEFT, right=WIDTH - RIGHT, bottom=HEIGHT - BOTTOM, middle=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 5, label=plot.x
    )
    axes = Markup("").join((*grid, *columns, axis))
    return PLOT.format(
        role=role, name=plot.name, title=plot.title, width=WIDTH, height=HEIGHT, axes=axes, marks=marks, text=plot.text
    )


def _choose_anchor(n: int, count: int) -> str:
    """Alignment of a tick's label that keeps the last one inside the drawing."""
    return "end" if n == count - 1 else "middle"
