"""The settings page: frames for the settings and the rules, which the page's script fills over the API."""

from markupsafe import Markup

from dashboard.view_models import PageModel
from dashboard.views.page_parts import PageParts

FRAME = Markup(
    """<h1 class="vh">Settings</h1><div id="settings-pending" role="status" data-own></div>
<form id="settings" class="settings" data-own novalidate><p class="soft">Loading …</p></form>"""
)


def draw_settings_page(_: PageModel) -> PageParts:
    """Page of the settings."""
    return PageParts(key="settings", title="Settings", frame=FRAME)
