"""The dashboard's figures in a notebook: what the client answers as the values that views take, and the figures shown.

from dashboard.notebook import begin, lines, show
from dashboard.views.figures.timeline import timeline
from serve.client.client import connect

begin()
show(timeline(lines(connect().lines(7, "es"))))
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
    """Make the notebook ready to draw, with a BokehJS that travels inside it: nothing is fetched from anywhere."""
    from bokeh.io import output_notebook
    from bokeh.resources import INLINE

    output_notebook(INLINE, hide_banner=True)


def show_figures(*figures: Any) -> None:
    """Draw Bokeh figures below the cell, one under the other, as wide as the page."""
    from bokeh.io import show as draw
    from bokeh.layouts import column

    draw(figures[0] if len(figures) == 1 else column(*figures, sizing_mode="stretch_width"))


def follow_progress(states: Iterable[Json]) -> Json:
    """A progress bar below the cell while a task goes on: `states` as `Client.follow` gives them. Returns the last one.

    NotPossible, with the task's own sentence, where it ended without a film.
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
    """`Client.lines` as values. Left aside: the take's file, which HTTP does not tell, and edits that wait for their dub."""
    known = {field.name for field in fields(LineRow)} - {"edit"}
    return tuple(LineRow(**{"audio": ""} | {name: line[name] for name in known & line.keys()}) for line in answer)


def parse_stage_runs(answer: Iterable[Json]) -> tuple[StageRun, ...]:
    """`Client.stages` as values."""
    known = {field.name for field in fields(StageRun)}
    return tuple(
        StageRun(
            **{name: run[name] for name in known & run.keys()}
            | {"status": StageStatus(run["status"]), "started_at": _parse_time(run["started_at"])}
        )
        for run in answer
    )


def _parse_time(text: str) -> datetime:
    """A time of the API as the store has it: UTC without a zone."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
