"""The library page: a frame for the films of the library and the languages that they lack, which the page's script fills over the API."""

from markupsafe import Markup

from dashboard.view_models import PageModel
from dashboard.views.page_parts import PageParts

FRAME = Markup(
    """<section class="coverage" aria-labelledby="coverage-title" data-own><div class="bar"><h1 id="coverage-title">Library</h1>
<span id="coverage-count" class="soft"></span><form class="find" id="coverage-find" role="search"><input type="search" name="search" maxlength="200"
 aria-label="Search by title or folder" placeholder="Search" autocomplete="off"></form></div>
<div class="chips" id="coverage-states" role="group" aria-label="State"></div>
<div class="list-tools"><label class="page-box"><input type="checkbox" id="coverage-page"> Select page</label>
<label>Language <select id="coverage-language"><option value="">All</option></select></label>
<button type="button" id="coverage-all">Dub all that need it</button><button type="button" id="coverage-scan">Scan library</button>
<span id="coverage-said" class="soft" role="status"></span></div><ul id="coverage-problems" class="bad" aria-label="Problems of the last scan" hidden></ul>
<div class="scroll film-table" tabindex="0" role="group" aria-label="Table of films"><table id="coverage"><thead></thead><tbody></tbody></table></div>
<p id="coverage-none" class="none" hidden></p><nav class="pager" id="coverage-pager" aria-label="Pages of the library"></nav>
<div id="coverage-bulk" class="bulk" role="group" aria-label="Selected films" hidden><b id="coverage-selected" role="status"></b>
<button type="button" id="coverage-dub" class="primary">Dub selected</button><button type="button" class="plain" id="coverage-clear">Clear selection</button></div></section>"""
)


def draw_library_page(_: PageModel) -> PageParts:
    """Page of the library's coverage."""
    return PageParts(key="library", title="Library", frame=FRAME)
