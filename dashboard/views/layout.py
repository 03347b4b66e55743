"""What stands around every page: the head with the ways to go and the lights, and the dialogs."""

from collections.abc import Mapping

from markupsafe import Markup

from dashboard.urls import FilmListRoute, Route, SystemRoute, format_url
from dashboard.view_models import PageModel
from dashboard.views import status_badges

SHELL = Markup(
    """<a class="skip" href="#page">Skip to the page</a>
<header class="top"><a class="brand" href="./" data-go><span class="logo" aria-hidden="true"></span>{title}</a>
<nav class="ways" id="ways" aria-label="Pages">{ways}</nav>
<ul class="lights" id="lights" aria-label="Engines">{lights}</ul>
<button type="button" class="plain" id="scheme" aria-label="Colours: as the system" title="Colours: as the system"></button></header>
<div id="trouble" role="status" class="trouble">{trouble}</div>
<main id="page" tabindex="-1" data-key="{key}">{page}</main>
<dialog id="sure" aria-labelledby="sure-film"><form method="dialog"><h2 id="sure-film"></h2><p id="sure-question"></p>
<div class="send"><button value="no" autofocus>Keep</button><button value="yes" class="danger" id="sure-yes"></button></div></form></dialog>
<dialog id="library" aria-labelledby="library-title"><form method="dialog"><h2 id="library-title">Films on the server</h2>
<p id="library-folder" class="hint"></p><ul id="library-list" class="shelf"></ul><p id="library-said" role="status"></p>
<div class="send"><button value="no">Close</button></div></form></dialog>
<div id="said" role="status"></div>
<noscript><p class="trouble">This page needs JavaScript to keep itself up to date. Uploads and downloads work without.</p></noscript>"""
)

NAV_ITEMS: tuple[tuple[str, Route], ...] = (("Films", FilmListRoute()), ("System", SystemRoute()))
NAV_LINK = Markup('<a href="{}" data-go{}>{}</a>')


def draw_shell(board: PageModel) -> Mapping[str, Markup]:
    """The regions of the shell."""
    return {
        "ways": Markup("").join(
            NAV_LINK.format(
                format_url(where), Markup(' aria-current="page"') if isinstance(board.route, type(where)) else "", label
            )
            for label, where in NAV_ITEMS
        ),
        "lights": status_badges.draw_status_badges(board.health),
        "trouble": status_badges.draw_connection_error(board.trouble),
    }
