"""What stands around every page: the head with the ways to go and the lights, and the dialogs."""

from collections.abc import Mapping

from markupsafe import Markup

from dashboard.urls import Films, Place, System, address
from dashboard.view_models import Board
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

WAYS: tuple[tuple[str, Place], ...] = (("Films", Films()), ("System", System()))
WAY = Markup('<a href="{}" data-go{}>{}</a>')


def around(board: Board) -> Mapping[str, Markup]:
    """The regions of the shell."""
    return {
        "ways": Markup("").join(
            WAY.format(address(where), Markup(' aria-current="page"') if isinstance(board.place, type(where)) else "", label)
            for label, where in WAYS
        ),
        "lights": status_badges.lights(board.health),
        "trouble": status_badges.trouble(board.trouble),
    }
