"""The settings page: frames for the settings, the rules and the API keys, which the page's script fills over the API."""

from markupsafe import Markup

from dashboard.view_models import PageModel
from dashboard.views.page_parts import PageParts

FRAME = Markup(
    r"""<div class="bar settings-head"><h1>Settings</h1><button type="button" id="setup-open">Setup in four steps</button></div><div id="settings-pending" role="status" data-own></div>
<form id="settings" class="settings" data-own novalidate><p class="soft">Loading …</p></form>
<section class="card rules" aria-labelledby="rules-title" data-own><div class="bar"><h2 id="rules-title">Rules</h2>
<p class="hint">The first rule that matches a film fills in what its request leaves open. Rules hold for films that are queued from now on.</p>
<button type="button" id="rule-add">Add rule</button></div><div class="scroll" tabindex="0" role="group" aria-label="Table of rules"><table id="rules" hidden><thead><tr><th scope="col">Order</th><th scope="col">Rule</th>
<th scope="col">Films</th><th scope="col">Says</th><th scope="col">Actions</th></tr></thead><tbody></tbody></table></div><p id="rules-none" class="none">No rules yet.</p>
<form id="rule-try" class="join"><label class="vh" for="rule-path">Path of a film</label><input id="rule-path" required maxlength="4096" placeholder="/series/Dark/Season 1/episode.mkv"
 autocomplete="off" spellcheck="false"><button type="submit">Try a path</button></form><p id="rule-tried" role="status" class="soft"></p></section>
<section class="card rules" aria-labelledby="keys-title" data-own><div class="bar"><h2 id="keys-title">API keys</h2>
<p class="hint">For programs: sent as the header X-Api-Key, or to the webhook's address as ?apikey=. Give each program a key of its own, with no wider a scope than it needs.</p></div>
<div class="scroll"><table id="keys" hidden><thead><tr><th scope="col">Name</th><th scope="col">Scope</th><th scope="col">Created</th><th scope="col">Last used</th>
<th scope="col">Actions</th></tr></thead><tbody></tbody></table></div><p id="keys-none" class="none">No API keys yet.</p>
<form id="key-form" class="join"><label class="vh" for="key-name">Name of the key</label><input id="key-name" name="name" required maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9 ._\-]*"
 title="Letters, digits, spaces, dots, - and _" placeholder="sonarr" autocomplete="off" spellcheck="false"><label class="vh" for="key-scope">Scope</label><select id="key-scope" name="scope">
<option value="webhook">Webhook</option><option value="read">Read</option><option value="write">Read and write</option><option value="metrics">Metrics</option>
<option value="admin">Everything</option></select><button type="submit">Add key</button></form><p id="key-said" class="error" role="alert" hidden></p>
<div id="key-new" hidden><p>The key <b id="key-new-name"></b>. Copy it now: it is not shown again.</p><div class="join"><label class="vh" for="key-new-value">New API key</label>
<input id="key-new-value" readonly autocomplete="off" spellcheck="false"><button type="button" id="key-copy">Copy</button><button type="button" id="key-hide">Hide</button></div></div></section>"""
)


def draw_settings_page(_: PageModel) -> PageParts:
    """Page of the settings."""
    return PageParts(key="settings", title="Settings", frame=FRAME)
