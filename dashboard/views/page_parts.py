"""Page parts: a page's frame, regions, lists and log, which are updated separately in the browser."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlencode

from markupsafe import Markup, escape

from dashboard.views.formatting import escape_text
from dashboard.views.log_tail import format_log_lines
from pipeline.values.notes import MAX_LISTED_LINES, Note

FIGURE = Markup(
    '<figure class="figure" id="{name}" data-figure="{source}" data-own style="min-height:{height}px" role="group" aria-label="{label}">'
    "</figure>"
)
FIRST_ROWS = 30  # of a windowed list, in the first paint
NO_ATTRIBUTES = Markup("")
LINE_LINK = Markup('<a href="{}"{}>{}</a>')
EMPTY_STATE = Markup('<p class="none">{}</p>')


@dataclass(frozen=True, slots=True)
class PageParts:
    """Template and contents of a page. `frame` holds a `{name}` for each region and list, which are elements with that id;
    `{log}` for the log. Foreign text belongs into a region or a row, never into the frame: its braces would be fields.

    `windowed`: lists of which the page's script keeps all rows, and draws those in sight; the HTML has the first ones.
    `key`: pages of one key differ in their parts alone. `lists`: rows by their own key, in order; the element of row 7 in
    `tasks` has the id `tasks-7`.
    """

    key: str
    title: str
    frame: Markup
    regions: Mapping[str, Markup] = field(default_factory=dict)
    lists: Mapping[str, Mapping[str, Markup]] = field(default_factory=dict)
    windowed: frozenset[str] = frozenset()
    log: tuple[str, ...] | None = None

    def html(self) -> Markup:
        """HTML of the whole page."""
        rows = {
            name: Markup("").join(islice(rows.values(), FIRST_ROWS if name in self.windowed else None))
            for name, rows in self.lists.items()
        }
        return self.frame.format(**self.regions, **rows, log=format_log_lines(self.log or ()))


def draw_figure_placeholder(name: str, label: str, *, height: int, **query: object) -> Markup:
    """Placeholder that the page's script fills with a figure. `label`: alternative text; `height`: reserved pixels, so that
    the layout does not shift; `query`: parameters of `/figures/{name}`.
    """
    source = f"figures/{name}?{urlencode({key: str(value) for key, value in query.items()})}"
    return FIGURE.format(name=f"figure-{name}", source=source, label=label, height=height)


def draw_note_text(
    note: Note, link: Callable[[int], str], *, limit: int = MAX_LISTED_LINES, attributes: Markup = NO_ATTRIBUTES
) -> Markup:
    """Sentence of a note with the numbers of its lines as links, at most `limit` of them. `link`: URL of a line."""
    if not note.lines:
        return escape(escape_text(note.text))
    listed = Markup(", ").join(LINE_LINK.format(link(number), attributes, number) for number in note.lines[:limit])
    more = f" and {len(note.lines) - limit:,} more" if len(note.lines) > limit else ""
    count = "line" if len(note.lines) == 1 else f"{len(note.lines):,} lines:"
    return Markup("{} ({} {}{})").format(escape_text(note.text), count, listed, more)


def draw_empty_state(sentence: str) -> Markup:
    """Empty state: a sentence in place of missing content."""
    return EMPTY_STATE.format(sentence)
