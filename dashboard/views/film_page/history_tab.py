"""The history tab: a task's stages as a Gantt chart and a table, and its log."""

from markupsafe import Markup

from dashboard.view_models import FilmModel
from dashboard.views.film_page.stage_table import draw_stage_table
from dashboard.views.film_page.tab_content import TabContent
from dashboard.views.page_parts import draw_empty_state, draw_figure_placeholder
from pipeline.values.tasks import StageStatus

FRAME = Markup(
    """<section class="card" aria-labelledby="stages-title"><h2 id="stages-title">Stages</h2><div id="gantt">{gantt}</div>
<div id="stages" class="scroll" tabindex="0" role="group" aria-label="Table of stages">{stages}</div></section>
<section class="card log" aria-labelledby="log-title"><div class="bar"><h2 id="log-title">Log</h2>
<label class="follow"><input type="checkbox" id="follow" checked> Follow</label></div>
<div id="log" role="log" aria-live="off" aria-labelledby="log-title" tabindex="0">{log}</div></section>"""
)


def draw_history_tab(film: FilmModel) -> TabContent:
    """Tab with the latest runs of the task's stages and the end of its log."""
    ended = [run for run in film.runs if run.status is not StageStatus.RUNNING]
    version = f"{len(ended)}-{sum(run.attempt for run in ended)}-{film.task.status.value}"
    gantt = draw_figure_placeholder(
        "stages",
        "Gantt chart of the stages; the table below has the same figures.",
        height=60 + 24 * len({run.name for run in ended}),
        task=film.task.id,
        version=version,
    )
    return TabContent(
        frame=FRAME,
        regions={
            "gantt": gantt if ended else draw_empty_state("No completed stages yet."),
            "stages": draw_stage_table(film.runs),
        },
        log=film.log,
    )
