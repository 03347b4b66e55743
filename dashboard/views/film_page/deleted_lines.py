"""List of the lines that a dub lacks because they were deleted, each to be restored."""

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.views import formatting
from pipeline.values.script import DeletedLine

MAX_LISTED = 200
LIST = Markup(
    '<details class="menu"><summary class="button">Deleted lines <b>{:,}</b></summary><ul class="deleted-lines">{}</ul></details>'
)
LINE = Markup(
    '<li><span class="soft">{number} · {start}</span> <span class="text">{text}</span>'
    '<button type="button" data-restore="{number}" aria-label="Restore line {number}">Restore</button></li>'
)
MORE = Markup('<li class="soft">And {:,} more</li>')


def draw_deleted_lines(lines: Sequence[DeletedLine]) -> Markup:
    """Menu with time and text of each; empty without any."""
    if not lines:
        return Markup("")
    shown = [
        LINE.format(number=line.number, start=formatting.format_timestamp(line.start), text=line.text or line.source_text)
        for line in lines[:MAX_LISTED]
    ]
    if len(lines) > MAX_LISTED:
        shown.append(MORE.format(len(lines) - MAX_LISTED))
    return LIST.format(len(lines), Markup("").join(shown))
