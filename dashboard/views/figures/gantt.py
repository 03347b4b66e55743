"""Gantt chart of a task's stage runs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bokeh.models import ColumnDataSource, LayoutDOM, Range1d

from dashboard.views import formatting
from dashboard.views.figures.alt_text import describe_stages
from dashboard.views.figures.figure_style import create_figure, create_hover_tool, format_axis_as_clock, label_rows
from dashboard.views.figures.label_text import truncate_text
from dashboard.views.figures.palette import Palette, Scheme, get_palette
from pipeline.values.tasks import StageRun, StageStatus

ROW_HEIGHT_PX = 24
BAR_HEIGHT = 0.66  # of a row's height
MAX_LABEL_CHARS = 20


def draw_gantt(runs: Sequence[StageRun], *, scheme: Scheme = Scheme.LIGHT) -> LayoutDOM | None:
    """Bars of the runs since the first one's start, without the pauses between attempts; reused results hatched. None without runs."""
    if not runs:
        return None
    colours = get_palette(scheme)
    rows = list(dict.fromkeys((run.name, run.language) for run in sorted(runs, key=lambda run: run.started_at)))
    source = ColumnDataSource(_build_columns(runs, rows, colours), name="stages")
    end = max(1.0, *source.data["end"])
    plot = create_figure(
        colours,
        height=50 + ROW_HEIGHT_PX * len(rows),
        alt_text=describe_stages(runs),
        x="time since the start of the first stage",
        x_range=Range1d(0.0, 1.02 * end),
        y_range=Range1d(len(rows), 0),
    )
    format_axis_as_clock(plot.xaxis[0])
    label_rows(plot.yaxis[0], [_format_label(*row) for row in rows])
    plot.ygrid.grid_line_color = None
    bars = plot.hbar(
        y="row",
        left="start",
        right="end",
        height=BAR_HEIGHT,
        source=source,
        line_color="line",
        line_width=2,
        fill_color="fill",
        fill_alpha="alpha",
        hatch_pattern="hatch",
        hatch_color="line",
        hatch_scale=8,
    )
    plot.add_tools(create_hover_tool(colours, ("<b>@stage</b>", "@language", "@summary"), [bars]))
    return plot


def _format_label(name: str, language: str | None) -> str:
    return truncate_text(f"{name.replace('_', ' ')} {language or ''}", MAX_LABEL_CHARS)


def _build_columns(runs: Sequence[StageRun], rows: Sequence[tuple[str, str | None]], colours: Palette) -> dict[str, list[object]]:
    begins = _align_attempts(runs)
    tags = list(dict.fromkeys(language for _, language in rows if language))
    columns: list[dict[str, object]] = []
    for run in runs:
        colour = colours.languages[tags.index(run.language) % len(colours.languages)] if run.language else colours.soft
        if run.status is StageStatus.ERROR:
            colour = colours.bad
        start = (run.started_at - begins[run.attempt]).total_seconds()
        columns.append(
            {
                "stage": formatting.format_stage(run.name),
                "language": formatting.format_language(run.language) if run.language else "All languages",
                "row": rows.index((run.name, run.language)) + 0.5,
                "start": round(start, 3),
                "end": round(start + run.seconds, 3),
                "line": colour,
                "fill": colour,
                "alpha": 0.0 if run.cached or run.status is StageStatus.RUNNING else 1.0,
                "hatch": "/" if run.cached else " ",
                "summary": _describe_run(run),
            }
        )
    return {name: [row[name] for row in columns] for name in columns[0]}


def _align_attempts(runs: Sequence[StageRun]) -> dict[int, datetime]:
    """Start time by attempt, shifted so that each attempt follows immediately on the previous one."""
    begins: dict[int, datetime] = {}
    done = timedelta()
    for attempt in sorted({run.attempt for run in runs}):
        of = [run for run in runs if run.attempt == attempt]
        first = min(run.started_at for run in of)
        begins[attempt] = first - done
        done += max(run.started_at + timedelta(seconds=run.seconds) for run in of) - first
    return begins


def _describe_run(run: StageRun) -> str:
    match run.status:
        case StageStatus.RUNNING:
            return "running"
        case StageStatus.ERROR:
            return f"failed after {formatting.format_duration(run.seconds)}: {truncate_text(run.error or '')}"
    if run.cached:
        return f"{formatting.format_duration(run.seconds)}, reused"
    parts = [f"{run.executed} computed"] + ([f"{run.reused} reused"] if run.reused else [])
    return f"{formatting.format_duration(run.seconds)}; {', '.join(parts)}"
