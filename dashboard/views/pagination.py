"""Pagination: links to the previous and the next page of a list, and the range of rows that is shown."""

from collections.abc import Callable

from markupsafe import Markup

from dashboard.urls import Route, format_url

PAGE_LINK = Markup('<a class="button" href="{}" data-go>{}</a>')
PLACEHOLDER = Markup("<span></span>")  # keeps the other link in its place


def draw_pagination(total: int, offset: int, size: int, route_at: Callable[[int], Route]) -> Markup:
    """Links and row range; empty when one page holds all rows. `route_at`: the route of a page by its first row."""
    if total <= size:
        return Markup("")
    last = min(total, offset + size)
    back = PAGE_LINK.format(format_url(route_at(max(0, offset - size))), "Previous") if offset else PLACEHOLDER
    on = PAGE_LINK.format(format_url(route_at(offset + size)), "Next") if last < total else PLACEHOLDER
    return Markup("{}<span>{:,}–{:,} of {:,}</span>{}").format(back, offset + 1, last, total, on)
