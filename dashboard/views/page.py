"""Page rendering: complete HTML of any route for the first paint; the live channel then updates its parts."""

from markupsafe import Markup

from dashboard.urls import FilmListRoute, FilmRoute, LibraryRoute, SettingsRoute, SystemRoute
from dashboard.view_models import PageModel
from dashboard.views.film_list.film_list import draw_film_list
from dashboard.views.film_page.film_page import draw_film_page
from dashboard.views.layout import SHELL, draw_shell
from dashboard.views.library_page import draw_library_page
from dashboard.views.page_parts import PageParts
from dashboard.views.settings_page import draw_settings_page
from dashboard.views.system_page import draw_system_page


def draw_page(model: PageModel) -> PageParts:
    """Parts of the page at the model's route."""
    match model.route:
        case FilmListRoute() as route:
            return draw_film_list(model, route)
        case FilmRoute() as route:
            return draw_film_page(model, route)
        case SystemRoute() as route:
            return draw_system_page(model, route)
        case SettingsRoute():
            return draw_settings_page(model)
        case LibraryRoute():
            return draw_library_page(model)


def render_page(model: PageModel, *, title: str) -> Markup:
    """HTML body: layout and content."""
    parts = draw_page(model)
    return SHELL.format(title=title, page=parts.html(), key=parts.key, **draw_shell(model))
