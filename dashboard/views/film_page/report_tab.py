"""The report: how good a dub is, in figures and in words."""

import json
from collections.abc import Callable, Sequence

from markupsafe import Markup

from dashboard.urls import Film
from dashboard.view_models import FilmShown
from dashboard.views.figures import alt_text
from dashboard.views.figures.report_text import report_facts
from dashboard.views.film_page.tab_content import Section, figure, languages, none, notes
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
    ("pressure", "How fast lines are spoken", alt_text.pressure_summary),
    ("isochrony", "Spoken time against the original's", alt_text.isochrony_summary),
    ("lateness", "When lines begin", alt_text.lateness_summary),
    ("coverage", "How much of each line is spoken", lambda lines: "How much of the film's speech the dub speaks, line by line."),
)
HEIGHT = 240  # px of a figure, kept free for it


def report(shown: FilmShown, place: Film) -> Section:
    """The part of a film's page that assesses one dub."""
    text = shown.reports.get(shown.language)
    return Section(
        frame=FRAME,
        regions={
            "languages": languages(shown, place),
            "verdicts": _verdicts(text) if text else none("There is no report before this dub is done."),
            "notes": notes(text),
            "plots": _plots(shown) if text and shown.lines else Markup(""),
        },
    )


def _verdicts(text: str) -> Markup:
    tiles = (TILE.format(label=label, value=value, verdict=verdict) for label, value, verdict in report_facts(json.loads(text)))
    return Markup('<dl class="tiles">{}</dl>').format(Markup("").join(tiles))


def _plots(shown: FilmShown) -> Markup:
    card = Markup('<div class="card"><h3>{}</h3>{}<p class="hint">{}</p></div>')
    asked = {"task": shown.task.id, "language": shown.language, "mark": shown.mark}
    return Markup("").join(
        card.format(title, figure(name, title, height=HEIGHT, **asked), say(shown.lines)) for name, title, say in PLOTS
    )
