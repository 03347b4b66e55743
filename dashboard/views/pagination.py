"""The ways to the pages before and after, wherever a list is longer than a page."""

from collections.abc import Callable

from markupsafe import Markup

from dashboard.urls import Place, address

WAY = Markup('<a class="button" href="{}" data-go>{}</a>')
NONE = Markup("<span></span>")  # keeps the other way in its place


def pages(total: int, offset: int, size: int, at: Callable[[int], Place], *, before: str, after: str) -> Markup:
    """Both ways and where we are; nothing where one page holds all. `at`: the place of a page by its first row."""
    if total <= size:
        return Markup("")
    last = min(total, offset + size)
    back = WAY.format(address(at(max(0, offset - size))), before) if offset else NONE
    on = WAY.format(address(at(offset + size)), after) if last < total else NONE
    return Markup("{}<span>{:,}–{:,} of {:,}</span>{}").format(back, offset + 1, last, total, on)
