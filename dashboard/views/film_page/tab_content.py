"""Content of a film page's tab, and what several tabs show: language chips and notes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from dashboard.urls import FilmRoute, format_url
from dashboard.view_models import FilmModel
from dashboard.views import formatting
from dashboard.views.page_parts import draw_note_text
from pipeline.values.notes import Severity, notes_of_report

LANGUAGE = Markup('<a class="chip" href="{}" data-go{}>{}</a>')
NOTES = Markup('<h3 class="notes-title">Notes {badge}</h3><ul class="notes" aria-label="Notes on this dub">{items}</ul>')
BADGE = Markup('<span class="warnings">{}</span>')
NOTE = Markup('<li data-severity="{severity}"><b>{label}</b> {text}</li>')
SEVERITIES = {Severity.WARNING: "Warning:", Severity.INFO: "Note:"}


@dataclass(frozen=True, slots=True)
class TabContent:
    """Template and contents of a tab, as in `PageParts`. `key`: tabs of another key are replaced as a whole."""

    frame: Markup
    key: str = ""
    regions: Mapping[str, Markup] = field(default_factory=dict)
    lists: Mapping[str, Mapping[str, Markup]] = field(default_factory=dict)
    windowed: frozenset[str] = frozenset()
    log: tuple[str, ...] | None = None


def draw_language_chips(film: FilmModel, route: FilmRoute) -> Markup:
    """Chips to choose a target language."""
    return Markup("").join(
        LANGUAGE.format(
            format_url(replace(route, language=tag, offset=0)),
            Markup(' aria-current="true"') if tag == film.language else "",
            formatting.format_language(tag),
        )
        for tag in film.task.target_langs
    )


def make_line_links(film: FilmModel) -> Callable[[int], str]:
    """Function from a line's number to the URL of its row in the script."""

    def link(number: int) -> str:
        return f"{format_url(FilmRoute(film.task.id, language=film.language))}#script-{number}"

    return link


def draw_notes(film: FilmModel) -> Markup:
    """Notes on the shown dub with a badge of their warnings, warnings first, their lines linked; empty without any."""
    report = film.reports.get(film.language)
    notes = notes_of_report(json.loads(report)) if report else ()
    link = make_line_links(film)
    count = sum(note.severity is Severity.WARNING for note in notes)
    badge = BADGE.format(formatting.count_words(count, "warning")) if count else ""
    items = (
        NOTE.format(
            severity=note.severity.value,
            label=SEVERITIES[note.severity],
            text=draw_note_text(note, link, attributes=Markup(" data-go")),
        )
        for note in notes
    )
    return NOTES.format(badge=badge, items=Markup("").join(items)) if notes else Markup("")
