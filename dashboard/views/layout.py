"""Page layout: the header with navigation and status badges, the connection banner, and the dialogs."""

from collections.abc import Mapping

from markupsafe import Markup

from dashboard.urls import FilmListRoute, LibraryRoute, Route, SettingsRoute, SystemRoute, format_url
from dashboard.view_models import PageModel
from dashboard.views import status_badges

SHELL = Markup(
    """<a class="skip" href="#page">Skip to content</a>
<header class="top"><a class="brand" href="./" data-go><span class="logo" aria-hidden="true"></span>{title}</a>
<nav class="navigation" id="navigation" aria-label="Pages">{navigation}</nav>
<ul class="badges" id="badges" aria-label="Engines">{badges}</ul>
<button type="button" class="plain" id="scheme" aria-label="Theme: system" title="Theme: system"></button>
<form class="logout" method="post" action="/logout"><button type="submit" class="plain">Log out</button></form></header>
<div id="banner" role="status" class="banner">{banner}</div>
<section id="uploads" class="card" aria-labelledby="uploads-title" data-own hidden><details open><summary><h2 id="uploads-title">Uploads</h2>
<span id="uploads-count" class="soft"></span><progress id="uploads-bar" max="100" value="0" aria-label="All uploads"></progress></summary>
<ul id="sending" class="sending" aria-label="Uploads"></ul></details></section>
<main id="page" tabindex="-1" data-key="{key}">{page}</main>
<dialog id="confirm" aria-labelledby="confirm-film"><form method="dialog"><h2 id="confirm-film"></h2><p id="confirm-question"></p>
<div class="send"><button value="no" id="confirm-no" autofocus>Cancel</button><button value="yes" class="danger" id="confirm-yes"></button></div></form></dialog>
<dialog id="library" aria-labelledby="library-title"><form method="dialog"><h2 id="library-title">Browse server</h2>
<p class="hint"><span id="library-folder"></span> · <span id="library-targets"></span></p>
<div id="library-tools" class="library-tools"><label><input type="checkbox" id="library-all"> Select all</label>
<input type="search" id="library-filter" maxlength="200" aria-label="Filter this folder" placeholder="Filter" autocomplete="off"></div>
<ul id="library-list" class="folder-list"></ul><p id="library-said" role="status"></p>
<div class="send"><button value="no">Close</button><button type="button" class="primary" id="library-add" disabled>Add 0 videos</button></div></form></dialog>
<dialog id="languages-dialog" aria-labelledby="languages-title"><form method="dialog"><h2 id="languages-title"></h2>
<p>What is dubbed already stays; only the added languages are dubbed.</p><div id="languages-list" class="picks" role="group" aria-label="Target languages"></div>
<div class="send"><button value="no">Cancel</button><button value="yes" class="primary" id="languages-add" disabled>Add</button></div></form></dialog>
<dialog id="import" aria-labelledby="import-title"><form method="dialog"><h2 id="import-title">Import script</h2><p id="import-said"></p>
<ul id="import-list" class="folder-list import-list" tabindex="0" aria-label="Changes" hidden></ul><div class="send"><button value="no" autofocus>Cancel</button>
<button value="yes" class="primary" id="import-yes">Apply and re-dub</button></div></form></dialog>
<dialog id="conflicts" aria-labelledby="conflicts-title"><form method="dialog"><h2 id="conflicts-title">Changed by somebody else</h2>
<p>These lines were changed elsewhere since you began. Choose for each line what is kept; your other changes are saved.</p>
<div class="send all"><button type="button" id="conflicts-yours">All yours</button><button type="button" id="conflicts-theirs">All theirs</button></div>
<div id="conflicts-lines"></div>
<div class="send"><button value="later" formnovalidate>Decide later</button><button value="apply" class="primary">Keep the chosen</button></div></form></dialog>
<dialog id="glossary" aria-labelledby="glossary-title"><form method="dialog"><h2 id="glossary-title">Glossary</h2><p id="glossary-about"></p>
<label class="field">A term a line, as in es: Siobhan = Siobhan [ʃiˈβon] "Chivón"
<textarea id="glossary-text" rows="12" maxlength="1048576" spellcheck="false" aria-describedby="glossary-problems"></textarea></label>
<ul id="glossary-problems" class="bad" role="alert" hidden></ul>
<div class="send"><button value="no">Cancel</button><button type="button" class="primary" id="glossary-save">Save</button></div></form></dialog>
<dialog id="setup" aria-labelledby="setup-title"><form id="setup-form" method="dialog" novalidate><h2 id="setup-title">Setup</h2>
<p id="setup-step" class="hint"></p><div id="setup-content"></div><p id="setup-said" class="error" role="alert" hidden></p>
<div class="send"><button type="button" class="plain" id="setup-dismiss">Do not show again</button><button type="button" id="setup-back">Back</button>
<button type="submit" class="primary" id="setup-next">Next</button></div></form></dialog>
<dialog id="rule" aria-labelledby="rule-title"><form id="rule-form" method="dialog" novalidate><h2 id="rule-title">Rule</h2>
<label class="field">Name <input name="name" maxlength="100" required autocomplete="off"></label>
<label class="field">Folder, series or pattern <input name="pattern" maxlength="4096" required placeholder="/series/Dark or *anime*" autocomplete="off" spellcheck="false"></label>
<fieldset class="choice"><legend>Target languages</legend><div class="picks" id="rule-targets"></div></fieldset>
<div class="pair"><label class="field">Source language <select name="source_lang"></select></label>
<label class="field">Priority <select name="priority"><option value="">As requested</option><option value="interactive">Interactive</option><option value="bulk">Bulk</option></select></label></div>
<div class="pair" id="rule-engines"></div>
<fieldset class="choice"><legend>Voices to cast from</legend><p class="hint" id="rule-voices-hint" role="status"></p><div class="picks" id="rule-voices"></div></fieldset>
<label class="field">Glossary <textarea name="glossary" rows="3" maxlength="65536" spellcheck="false"></textarea></label>
<label><input type="checkbox" name="skip"> Skip: do not dub its films</label><p id="rule-said" class="error" role="alert" hidden></p>
<div class="send"><button type="button" id="rule-cancel">Cancel</button><button type="submit" class="primary">Save</button></div></form></dialog>
<dialog id="shortcuts" aria-labelledby="shortcuts-title"><form method="dialog"><h2 id="shortcuts-title">Keyboard shortcuts</h2>
<p class="hint">Single keys act outside of text fields; with Alt they act everywhere.</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="shortcuts-title"><table><tbody id="shortcuts-list"></tbody></table></div>
<label class="follow"><input type="checkbox" id="shortcuts-single"> Single keys without Alt</label><div class="send"><button value="no" autofocus>Close</button></div></form></dialog>
<dialog id="replace" aria-labelledby="replace-title"><form method="dialog"><h2 id="replace-title">Find and replace</h2>
<div class="halves"><label class="field">Find in translations <input id="replace-find" maxlength="200" autocomplete="off"></label>
<label class="field">Replace with <input id="replace-with" maxlength="200" autocomplete="off"></label></div>
<div class="send ticks"><label class="follow"><input type="checkbox" id="replace-case"> Match case</label>
<label class="follow"><input type="checkbox" id="replace-words"> Whole words</label></div><p id="replace-said" role="status"></p>
<ul id="replace-list" class="folder-list import-list" tabindex="0" aria-label="Matches" hidden></ul>
<div class="send"><button value="no">Cancel</button><button value="yes" class="primary" id="replace-yes" disabled>Replace ticked</button></div></form></dialog>
<div id="toast" role="status"></div>
<noscript><p class="banner">Live updates need JavaScript. Uploads and downloads work without it.</p></noscript>"""
)

NAV_ITEMS: tuple[tuple[str, Route], ...] = (
    ("Dubs", FilmListRoute()),
    ("Library", LibraryRoute()),
    ("Settings", SettingsRoute()),
    ("System", SystemRoute()),
)
NAV_LINK = Markup('<a href="{}" data-go{}>{}</a>')


def draw_shell(model: PageModel) -> Mapping[str, Markup]:
    """Regions around the page's content: navigation, status badges, connection banner."""
    return {
        "navigation": Markup("").join(
            NAV_LINK.format(
                format_url(route), Markup(' aria-current="page"') if isinstance(model.route, type(route)) else "", label
            )
            for label, route in NAV_ITEMS
        ),
        "badges": status_badges.draw_status_badges(model.health, is_stale=model.connection_error is not None),
        "banner": status_badges.draw_connection_error(model.connection_error),
    }
