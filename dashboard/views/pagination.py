"""The ways to the pages before and after, wherever a list is longer than a page."""

from collections.abc import Callable

from markupsafe import Markup

from dashboard.urls import Route, format_url

PAGE_LINK = Markup('<a class="button" href="{}" data-go>{}</a>')
PLACEHOLDER = Markup("<span></span>")  # keeps the other way in its place


def draw_pagination(total: int, offset: int, size: int, at: Callable[[int], Route], *, before: str, after: str) -> Markup:
    """Both ways and where we are; nothing where one page holds all. `at`: the place of a page by its first row."""
    if total <= size:
        return Markup("")
    last = min(total, offset + size)
    back = PAGE_LINK.format(format_url(at(max(0, offset - size))), before) if offset else PLACEHOLDER
    on = PAGE_LINK.format(format_url(at(offset + size)), after) if last < total else PLACEHOLDER
    return Markup("{}<span>{:,}–{:,} of {:,}</span>{}").format(back, offset + 1, last, total, on)
