"""The settings page: frames for the settings and the rules, which the page's script fills over the API."""

from markupsafe import Markup

from dashboard.view_models import PageModel
from dashboard.views.page_parts import PageParts

FRAME = Markup(
    """<div class="bar settings-head"><h1>Settings</h1><button type="button" id="setup-open">Setup in four steps</button></div><div id="settings-pending" role="status" data-own></div>
<form id="settings" class="settings" data-own novalidate><p class="soft">Loading …</p></form>
<section class="card rules" aria-labelledby="rules-title" data-own><div class="bar"><h2 id="rules-title">Rules</h2>
<p class="hint">The first rule that matches a film fills in what its request leaves open. Rules hold for films that are queued from now on.</p>
<button type="button" id="rule-add">Add rule</button></div><div class="scroll" tabindex="0" role="group" aria-label="Table of rules"><table id="rules" hidden><thead><tr><th scope="col">Order</th><th scope="col">Rule</th>
<th scope="col">Films</th><th scope="col">Says</th><th scope="col">Actions</th></tr></thead><tbody></tbody></table></div><p id="rules-none" class="none">No rules yet.</p>
<form id="rule-try" class="join"><label class="vh" for="rule-path">Path of a film</label><input id="rule-path" required maxlength="4096" placeholder="/series/Dark/Season 1/episode.mkv"
 autocomplete="off" spellcheck="false"><button type="submit">Try a path</button></form><p id="rule-tried" role="status" class="soft"></p></section>"""
)


def draw_settings_page(_: PageModel) -> PageParts:
    """Page of the settings."""
    return PageParts(key="settings", title="Settings", frame=FRAME)
