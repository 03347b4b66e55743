"""The report tab: quality metrics of one dub, and plots over its lines."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from dashboard.urls import FilmRoute
from dashboard.view_models import FilmModel
from dashboard.views.figures import alt_text
from dashboard.views.figures.dub_verdict import judge_dub
from dashboard.views.figures.report_grades import describe_cost, describe_report
from dashboard.views.film_page.review_tab import draw_review_link
from dashboard.views.film_page.tab_content import TabContent, draw_language_chips, draw_notes, make_line_links
from dashboard.views.page_parts import draw_empty_state, draw_figure_placeholder
from dashboard.views.verdict_parts import draw_left_out_lines, draw_verdict, draw_worst_lines
from pipeline.assessment.processing_cost import measure_cost
from pipeline.values.tasks import LineRow

FRAME = Markup(
    """<nav class="chips" id="languages" aria-label="Languages">{languages}</nav>
<section class="card" aria-labelledby="report-title"><h2 id="report-title">Quality</h2><div id="verdict">{verdict}</div><div id="worst">{worst}</div>
<div id="notes">{notes}</div><div id="verdicts">{verdicts}</div></section>
<section aria-label="Plots" id="plots" class="plots">{plots}</section>"""
)
TILE = Markup(
    '<div class="tile" data-verdict="{verdict}" title="{meaning}"><dt>{label}</dt><dd>{value} <span class="vh">({verdict})</span></dd></div>'
)
DOWNLOAD = Markup(
    '<p class="links"><a href="/api/tasks/{id}/report.html?language={language}" download="{name}">Download report</a></p>'
)
# Name of the figure, its title, and a function that describes it in a sentence.
PLOTS: tuple[tuple[str, str, Callable[[Sequence[LineRow]], str]], ...] = (
    ("pressure", "Speech rate", alt_text.describe_speech_rates),
    ("isochrony", "Isochrony", alt_text.describe_isochrony),
    ("lateness", "Start offset", alt_text.describe_start_offsets),
    ("coverage", "Speech coverage per line", lambda lines: "Share of each source line during which the dub speaks."),
)
PLOT_HEIGHT_PX = 240  # reserved before a figure is drawn


def draw_report_tab(film: FilmModel, route: FilmRoute) -> TabContent:
    """Tab with the quality report of one dub."""
    text = film.reports.get(film.language)
    report, link = json.loads(text) if text else None, make_line_links(film)
    return TabContent(
        frame=FRAME,
        regions={
            "languages": draw_language_chips(film, route),
            "verdict": draw_verdict(judge_dub(report)) + draw_review_link(film, route) if report else Markup(""),
            "worst": draw_worst_lines(report, film.lines, link) + draw_left_out_lines(report, link) if report else Markup(""),
            "verdicts": _draw_tiles(film, report) if report else draw_empty_state("No report yet. It appears after this dub."),
            "notes": draw_notes(film),
            "plots": _draw_plots(film) if report and film.lines else Markup(""),
        },
    )


def _draw_tiles(film: FilmModel, report: Mapping[str, Any]) -> Markup:
    cost = describe_cost(measure_cost(film.runs, film.language, film.task.duration))
    metrics = (*describe_report(report), *([cost] if cost else []))
    tiles = (TILE.format(label=each.label, value=each.value, verdict=each.verdict, meaning=each.meaning) for each in metrics)
    name = f"{film.task.path.stem}.{film.language}.report.html"
    link = DOWNLOAD.format(id=film.task.id, language=film.language, name=name)
    return Markup('<dl class="tiles">{}</dl>{}').format(Markup("").join(tiles), link)


def _draw_plots(film: FilmModel) -> Markup:
    card = Markup('<div class="card"><h3>{}</h3>{}<p class="hint">{}</p></div>')
    query = {"task": film.task.id, "language": film.language, "mark": film.mark}
    return Markup("").join(
        card.format(title, draw_figure_placeholder(name, title, height=PLOT_HEIGHT_PX, **query), describe(film.lines))
        for name, title, describe in PLOTS
    )
