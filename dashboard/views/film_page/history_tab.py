"""The work on a film: its stages, when each ran, and what the log says."""

from markupsafe import Markup

from dashboard.view_models import FilmModel
from dashboard.views.film_page.stage_table import draw_stage_table
from dashboard.views.film_page.tab_content import TabContent, draw_empty_state, draw_figure_placeholder
from pipeline.values.tasks import StageStatus

FRAME = Markup(
    """<section class="card" aria-labelledby="stages-title"><h2 id="stages-title">Stages</h2><div id="gantt">{gantt}</div>
<div id="stages" class="scroll">{stages}</div></section>
<section class="card log" aria-labelledby="log-title"><div class="bar"><h2 id="log-title">Log of this film</h2>
<label class="follow"><input type="checkbox" id="follow" checked> follow</label></div>
<div id="log" role="log" aria-live="off" aria-labelledby="log-title" tabindex="0">{log}</div></section>"""
)


def draw_history_tab(shown: FilmModel) -> TabContent:
    """The part of a film's page that tells how it was made."""
    ended = [run for run in shown.runs if run.status is not StageStatus.RUNNING]
    version = f"{len(ended)}-{sum(run.attempt for run in ended)}-{shown.task.status.value}"
    gantt = draw_figure_placeholder(
        "stages",
        "When each stage ran; the table below says the same.",
        height=60 + 24 * len({run.name for run in ended}),
        task=shown.task.id,
        version=version,
    )
    return TabContent(
        frame=FRAME,
        regions={
            "gantt": gantt if ended else draw_empty_state("No stage has ended yet."),
            "stages": draw_stage_table(shown.runs),
        },
        log=shown.log,
    )
