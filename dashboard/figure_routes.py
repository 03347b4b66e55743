"""Routes of the figures: JSON that BokehJS renders, in the light or dark colour scheme."""

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi import Path as InPath

from dashboard.queries import Queries
from dashboard.views.figures import gantt, report_plots, throughput
from dashboard.views.figures.palette import Scheme

MAX_TASK_ID = 2**53
Draw = Callable[[Queries, int, str, Scheme], Any]
DrawHistory = Callable[[Queries, Scheme, str], Any]


def _draw_lines(draw: Callable[..., Any]) -> Draw:
    """Adapter of a figure of a dub's lines."""
    return lambda queries, task, language, scheme: draw(queries.load_lines(task, language), scheme=scheme)


FIGURES: Mapping[str, Draw] = {
    "stages": lambda queries, task, _, scheme: gantt.draw_gantt(queries.load_stages(task), scheme=scheme),
    "pressure": _draw_lines(report_plots.draw_speech_rates),
    "isochrony": _draw_lines(report_plots.draw_isochrony),
    "lateness": _draw_lines(report_plots.draw_start_offsets),
    "coverage": lambda queries, task, tag, scheme: report_plots.draw_coverage(queries.load_report(task, tag), scheme=scheme),
}
HISTORY_FIGURES: Mapping[str, DrawHistory] = {  # over days: in the reader's time zone
    "throughput": lambda queries, scheme, zone: throughput.draw_throughput(queries.load_finished(), scheme=scheme, zone=zone),
    "factors": lambda queries, scheme, zone: throughput.draw_real_time_factors(queries.load_finished(), scheme=scheme, zone=zone),
}


def create_figure_router(queries: Queries) -> APIRouter:
    """Router of the figures. Its handlers block, so that FastAPI runs them in threads."""
    router = APIRouter(include_in_schema=False)

    @router.get("/figures/{name}")
    def get_figure(
        name: Annotated[str, InPath(max_length=40)],
        task: Annotated[int, Query(ge=0, le=MAX_TASK_ID)] = 0,
        language: Annotated[str, Query(max_length=35)] = "",
        scheme: Scheme = Scheme.LIGHT,
        zone: Annotated[str, Query(max_length=64)] = "UTC",
    ) -> Response:
        """One figure as BokehJS embeds it."""
        from bokeh.embed import json_item

        if name in HISTORY_FIGURES:
            figure = HISTORY_FIGURES[name](queries, scheme, zone)
        else:
            figure = FIGURES[name](queries, task, language, scheme) if name in FIGURES else None
        if figure is None:
            raise HTTPException(404, "There is no such figure, or nothing to draw.")
        headers = {"Cache-Control": "no-store", "Content-Encoding": "gzip"}
        body = gzip.compress(json.dumps(json_item(figure)).encode(), compresslevel=1)  # every browser decompresses it
        return Response(body, media_type="application/json", headers=headers)

    return router
