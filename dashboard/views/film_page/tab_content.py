"""A section: the part of a film's page below its head. And what several of them show."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from markupsafe import Markup

from dashboard.urls import FilmRoute, format_url
from dashboard.view_models import FilmModel
from dashboard.views import formatting
from pipeline.values.notes import Severity, notes_of_report

LANGUAGE = Markup('<a class="chip" href="{}" data-go{}>{}</a>')
FIGURE = Markup(
    '<figure class="figure" id="{name}" data-figure="{source}" data-own style="min-height:{height}px" role="group" aria-label="{label}">'
    "</figure>"
)
NOTES = Markup('<ul class="notes" aria-label="Notes on this dub">{}</ul>')
NOTE = Markup('<li data-severity="{severity}"><b>{label}</b> {text}</li>')
SEVERITIES = {Severity.WARNING: "Warning:", Severity.INFO: "Note:"}
NONE = Markup('<p class="none">{}</p>')


@dataclass(frozen=True, slots=True)
class TabContent:
    """Like a `Drawing`; `key` tells apart what cannot become each other part by part."""

    frame: Markup
    key: str = ""
    regions: Mapping[str, Markup] = field(default_factory=dict)
    lists: Mapping[str, Mapping[str, Markup]] = field(default_factory=dict)
    log: tuple[str, ...] | None = None


def draw_language_chips(shown: FilmModel, place: FilmRoute) -> Markup:
    """The dubs to choose from."""
    return Markup("").join(
        LANGUAGE.format(
            format_url(replace(place, language=tag, offset=0)),
            Markup(' aria-current="true"') if tag == shown.language else "",
            formatting.format_language(tag),
        )
        for tag in shown.task.target_langs
    )


def draw_figure_placeholder(name: str, label: str, *, height: int, **asked: object) -> Markup:
    """A place that the page's script fills with a figure. `label`: what a screen reader says instead; `height` in pixels,
    kept free so that nothing jumps.
    """
    source = f"figures/{name}?{urlencode({key: str(value) for key, value in asked.items()})}"
    return FIGURE.format(name=f"figure-{name}", source=source, label=label, height=height)


def draw_notes(report: str | None) -> Markup:
    """What is to be told of a dub, from its assessment report as JSON: warnings first. Empty where there is nothing."""
    told = notes_of_report(json.loads(report)) if report else ()
    items = (NOTE.format(severity=note.severity.value, label=SEVERITIES[note.severity], text=str(note)) for note in told)
    return NOTES.format(Markup("").join(items)) if told else Markup("")


def draw_empty_state(sentence: str) -> Markup:
    """What stands where nothing is."""
    return NONE.format(sentence)
