"""The page of a place, whichever it is: complete HTML for the first paint. The live component then keeps its parts true."""

from markupsafe import Markup

from dashboard.urls import Film, Films, System
from dashboard.view_models import Board
from dashboard.views.film_list.film_list import films
from dashboard.views.film_page.film_page import film
from dashboard.views.layout import SHELL, around
from dashboard.views.page_parts import Drawing
from dashboard.views.system_page import system


def draw(board: Board) -> Drawing:
    """What is seen on a board."""
    match board.place:
        case Films() as place:
            return films(board, place)
        case Film() as place:
            return film(board, place)
        case System() as place:
            return system(board, place)


def page(board: Board, *, title: str) -> Markup:
    """The body of the page, showing this board."""
    drawing = draw(board)
    return SHELL.format(title=title, page=drawing.html(), key=drawing.key, **around(board))
