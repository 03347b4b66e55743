"""The figures as the page fetches them: JSON that BokehJS draws, in the colours of the reader's scheme."""

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi import Path as InPath

from dashboard.queries import Queries
from dashboard.view_models import name_speakers
from dashboard.views.figures import gantt, report_plots, throughput, timeline
from dashboard.views.figures.palette import Scheme

MAX_TASK_ID = 2**53
Draw = Callable[[Queries, int, str, Scheme], Any]


def _draw_timeline(questions: Queries, task: int, language: str, scheme: Scheme) -> Any:
    names = name_speakers(questions.cast(task))
    film = questions.task(task)
    return timeline.draw_timeline(questions.lines(task, language), names=names, duration=film.duration, scheme=scheme)


FIGURES: Mapping[str, Draw] = {
    "timeline": _draw_timeline,
    "stages": lambda questions, task, _, scheme: gantt.draw_gantt(questions.stages(task), scheme=scheme),
    "pressure": lambda questions, task, language, scheme: report_plots.draw_speech_rates(
        questions.lines(task, language), scheme=scheme
    ),
    "isochrony": lambda questions, task, language, scheme: report_plots.draw_isochrony(
        questions.lines(task, language), scheme=scheme
    ),
    "lateness": lambda questions, task, language, scheme: report_plots.draw_start_offsets(
        questions.lines(task, language), scheme=scheme
    ),
    "coverage": lambda questions, task, language, scheme: report_plots.draw_coverage(
        questions.report(task, language), scheme=scheme
    ),
    "throughput": lambda questions, _, __, scheme: throughput.draw_throughput(questions.finished(), scheme=scheme),
    "factors": lambda questions, _, __, scheme: throughput.draw_real_time_factors(questions.finished(), scheme=scheme),
}


def create_figure_router(questions: Queries) -> APIRouter:
    """The routes. Blocking ones: they run in threads."""
    router = APIRouter(include_in_schema=False)

    @router.get("/figures/{name}")
    def figure(
        name: Annotated[str, InPath(max_length=40)],
        task: Annotated[int, Query(ge=0, le=MAX_TASK_ID)] = 0,
        language: Annotated[str, Query(max_length=35)] = "",
        scheme: Scheme = Scheme.LIGHT,
    ) -> Response:
        """One figure, as BokehJS embeds it."""
        from bokeh.embed import json_item

        drawn = FIGURES[name](questions, task, language, scheme) if name in FIGURES else None
        if drawn is None:
            raise HTTPException(404, "There is nothing to draw here.")
        headers = {"Cache-Control": "no-store", "Content-Encoding": "gzip"}
        packed = gzip.compress(json.dumps(json_item(drawn)).encode(), compresslevel=1)  # every browser unpacks it
        return Response(packed, media_type="application/json", headers=headers)

    return router
