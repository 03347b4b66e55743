"""Table of a task's stage runs: stage, language, duration, and whether the result was computed or cached."""

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.views import formatting
from dashboard.views.page_parts import draw_empty_state
from pipeline.values.tasks import StageRun, StageStatus

TABLE = Markup(
    "<table><thead><tr><th>Stage</th><th>Language</th><th class='number'>Duration</th><th>Result</th></tr></thead>"
    "<tbody>{rows}</tbody></table>"
)
ROW = Markup(
    '<tr data-status="{status}"><td>{stage} <span class="soft">{name}</span></td><td>{language}</td><td class="number">{seconds}</td><td>{result}</td></tr>'
)


def draw_stage_table(runs: Sequence[StageRun]) -> Markup:
    """Table of the latest run of each stage, in order of time."""
    if not runs:
        return draw_empty_state("No stages yet.")
    return TABLE.format(rows=Markup("").join(_draw_row(run) for run in runs))


def _draw_row(run: StageRun) -> Markup:
    return ROW.format(
        status=run.status.value,
        stage=formatting.format_stage(run.name),
        name=run.name,
        language=formatting.format_language(run.language) if run.language else "–",
        seconds="…" if run.status is StageStatus.RUNNING else formatting.format_duration(run.seconds),
        result=_draw_result(run),
    )


def _draw_result(run: StageRun) -> Markup:
    match run.status:
        case StageStatus.RUNNING:
            return Markup('<span class="mark running">Running</span>')
        case StageStatus.ERROR:
            return Markup('<span class="mark failed">Failed</span> {}').format(formatting.escape_text(run.error or ""))
    if run.cached:
        return Markup('<span class="mark cached">Reused</span>')
    if run.reused:
        return Markup("{:,} computed, {:,} <span class='mark cached'>reused</span>").format(run.executed, run.reused)
    return Markup("{:,} computed").format(run.executed) if run.executed > 1 else Markup("Computed")
