"""Figures in notebooks: converts the HTTP client's answers to the values that figures take, and displays figures.

from dashboard.notebook import load_bokeh, parse_lines, show_figures
from dashboard.views.figures.timeline import draw_timeline
from serve.client.client import connect

load_bokeh()
show_figures(draw_timeline(parse_lines(connect().lines(7, "es"))))
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from pipeline.control_characters import escape_control_characters
from pipeline.errors import NotPossible
from pipeline.values.tasks import LineRow, StageRun, StageStatus

Json = Mapping[str, Any]


def load_bokeh() -> None:
    """Load BokehJS into the notebook, inline: nothing is fetched from a CDN."""
    from bokeh.io import output_notebook
    from bokeh.resources import INLINE

    output_notebook(INLINE, hide_banner=True)


def show_figures(*figures: Any) -> None:
    """Show Bokeh figures below the cell, one under the other, as wide as the page."""
    from bokeh.io import show as draw
    from bokeh.layouts import column

    draw(figures[0] if len(figures) == 1 else column(*figures, sizing_mode="stretch_width"))


def follow_progress(states: Iterable[Json]) -> Json:
    """Progress bar below the cell while a task runs: `states` as `Client.follow` yields them. Returns the last one.

    NotPossible, with the task's error, if it failed.
    """
    from IPython.display import ProgressBar

    bar = ProgressBar(1)
    bar.display()
    task: Json = {}
    for task in states:
        progress = task["progress"]
        bar.total = max(1, progress["total"])
        bar.progress = progress["total"] if task["status"] == "DONE" else progress["done"]
    if task.get("status") != "DONE":
        raise NotPossible(f"task {task.get('id')} was not dubbed: {escape_control_characters(str(task.get('error')))}")
    return task


def parse_lines(answer: Iterable[Json]) -> tuple[LineRow, ...]:
    """`Client.lines` as LineRow values, without the take's file (not in the API) and pending edits."""
    known = {field.name for field in fields(LineRow)} - {"edit"}
    return tuple(LineRow(**{"audio": ""} | {name: line[name] for name in known & line.keys()}) for line in answer)


def parse_stage_runs(answer: Iterable[Json]) -> tuple[StageRun, ...]:
    """`Client.stages` as StageRun values."""
    known = {field.name for field in fields(StageRun)}
    return tuple(
        StageRun(
            **{name: run[name] for name in known & run.keys()}
            | {"status": StageStatus(run["status"]), "started_at": _parse_time(run["started_at"])}
        )
        for run in answer
    )


def _parse_time(text: str) -> datetime:
    """Time of the API (ISO 8601) as naive UTC, as in the store."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
