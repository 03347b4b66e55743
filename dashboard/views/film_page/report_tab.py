"""The report: how good a dub is, in figures and in words."""

import json
from collections.abc import Callable, Sequence

from markupsafe import Markup

from dashboard.urls import FilmRoute
from dashboard.view_models import FilmModel
from dashboard.views.figures import alt_text
from dashboard.views.figures.report_text import describe_report
from dashboard.views.film_page.tab_content import (
    TabContent,
    draw_empty_state,
    draw_figure_placeholder,
    draw_language_chips,
    draw_notes,
)
from pipeline.values.tasks import LineRow

FRAME = Markup(
    """<nav class="chips" id="languages" aria-label="Languages">{languages}</nav>
<section class="card" aria-labelledby="report-title"><h2 id="report-title">How good it is</h2><div id="verdicts">{verdicts}</div><div id="notes">{notes}</div></section>
<section aria-label="Plots" id="plots" class="plots">{plots}</section>"""
)
TILE = Markup(
    '<div class="tile" data-verdict="{verdict}"><dt>{label}</dt><dd>{value} <span class="vh">({verdict})</span></dd></div>'
)
# Name of the figure, its title, and what it shows in a sentence.
PLOTS: tuple[tuple[str, str, Callable[[Sequence[LineRow]], str]], ...] = (
    ("pressure", "How fast lines are spoken", alt_text.describe_speech_rates),
    ("isochrony", "Spoken time against the original's", alt_text.describe_isochrony),
    ("lateness", "When lines begin", alt_text.describe_start_offsets),
    ("coverage", "How much of each line is spoken", lambda lines: "How much of the film's speech the dub speaks, line by line."),
)
PLOT_HEIGHT_PX = 240  # px of a figure, kept free for it


def draw_report_tab(shown: FilmModel, place: FilmRoute) -> TabContent:
    """The part of a film's page that assesses one dub."""
    text = shown.reports.get(shown.language)
    return TabContent(
        frame=FRAME,
        regions={
            "languages": draw_language_chips(shown, place),
            "verdicts": _draw_tiles(text) if text else draw_empty_state("There is no report before this dub is done."),
            "notes": draw_notes(text),
            "plots": _draw_plots(shown) if text and shown.lines else Markup(""),
        },
    )


def _draw_tiles(text: str) -> Markup:
    tiles = (
        TILE.format(label=label, value=value, verdict=verdict) for label, value, verdict in describe_report(json.loads(text))
    )
    return Markup('<dl class="tiles">{}</dl>').format(Markup("").join(tiles))


def _draw_plots(shown: FilmModel) -> Markup:
    card = Markup('<div class="card"><h3>{}</h3>{}<p class="hint">{}</p></div>')
    asked = {"task": shown.task.id, "language": shown.language, "mark": shown.mark}
    return Markup("").join(
        card.format(title, draw_figure_placeholder(name, title, height=PLOT_HEIGHT_PX, **asked), say(shown.lines))
        for name, title, say in PLOTS
    )
