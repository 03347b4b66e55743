"""Tools of the library: the choice of table or cards, the order, and the actions on selected videos."""

from markupsafe import Markup

from dashboard.urls import FilmListRoute, ListView, format_url
from dashboard.views.film_list.task_table import ARROWS, COLUMNS, sort_by

BULK_BAR = Markup(
    """<div id="bulk" class="bulk" role="group" aria-label="Selected videos" data-own hidden><b id="bulk-count" role="status"></b>
<button type="button" data-bulk="all">Select all</button><button type="button" data-bulk="retry">Retry</button>
<button type="button" data-bulk="cancel">Stop</button><button type="button" data-bulk="add_languages">Add language</button>
<button type="button" data-bulk="interactive">Normal priority</button><button type="button" data-bulk="bulk">Low priority</button>
<button type="button" data-bulk="purge">Re-dub from scratch</button><button type="button" class="delete" data-bulk="delete">Delete</button>
<button type="button" class="plain" data-bulk="clear">Clear selection</button></div>"""
)
PAGE_BOX = Markup('<label class="page-box"><input type="checkbox" id="select-page"> Select page</label>')
ADD_LINK = Markup('<a class="button" href="#add-title">Add video</a>')
SORT = Markup(
    '<label>Sort by <select id="sort-by">{options}</select></label><a class="button" href="{url}" data-go aria-label="{label}">{arrow}</a>'
)
OPTION = Markup('<option value="{}"{}>{}</option>')
VIEW = Markup('<button type="button" data-view="{}" aria-pressed="{}">{}</button>')
VIEW_LABELS = {ListView.CARDS: "Cards", ListView.TABLE: "Table"}


def draw_list_tools(route: FilmListRoute) -> Markup:
    """Selection of the page, order and view of the list."""
    options = Markup("").join(
        OPTION.format(format_url(sort_by(route, sort)), Markup(" selected") if sort is route.sort else "", label)
        for sort, label in COLUMNS.items()
    )
    views = Markup("").join(
        VIEW.format(view, "true" if view is route.view else "false", label) for view, label in VIEW_LABELS.items()
    )
    order = SORT.format(
        options=options, url=format_url(sort_by(route, route.sort)), label="Reverse the order", arrow=ARROWS[route.order]
    )
    add = ADD_LINK if route.view is ListView.TABLE else Markup("")  # the form stands below the table
    return PAGE_BOX + add + order + Markup('<span class="views" role="group" aria-label="View">{}</span>').format(views)
