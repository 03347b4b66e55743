"""The page of a place, whichever it is: complete HTML for the first paint. The live component then keeps its parts true."""

from markupsafe import Markup

from dashboard.urls import FilmListRoute, FilmRoute, SystemRoute
from dashboard.view_models import PageModel
from dashboard.views.film_list.film_list import draw_film_list
from dashboard.views.film_page.film_page import draw_film_page
from dashboard.views.layout import SHELL, draw_shell
from dashboard.views.page_parts import PageParts
from dashboard.views.system_page import draw_system_page


def draw_page(board: PageModel) -> PageParts:
    """What is seen on a board."""
    match board.route:
        case FilmListRoute() as place:
            return draw_film_list(board, place)
        case FilmRoute() as place:
            return draw_film_page(board, place)
        case SystemRoute() as place:
            return draw_system_page(board, place)


def render_page(board: PageModel, *, title: str) -> Markup:
    """The body of the page, showing this board."""
    drawing = draw_page(board)
    return SHELL.format(title=title, page=drawing.html(), key=drawing.key, **draw_shell(board))
