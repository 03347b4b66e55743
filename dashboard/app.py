"""The dashboard's wiring: one feed for the process, one screen for each tab, one page for all."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dashboard.bokeh_patch import patch_session_leak
from dashboard.poller import Poller
from dashboard.queries import utc_now
from dashboard.script_nonce import SCRIPT_NONCE
from dashboard.service import Service
from dashboard.session import TabSession
from dashboard.urls import parse_route
from dashboard.view_models import PageModel
from dashboard.views.page import render_page

if TYPE_CHECKING:
    from fastapi import FastAPI

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
SESSION_LIFETIME_S = 10.0  # a session outlives its tab by this, and by at most as much again until the cleanup comes by


@dataclass(frozen=True)
class Dashboard:
    """A mounted dashboard: its feed, and Bokeh's server beneath it."""

    feed: Poller
    server: Any

    @property
    def sessions(self) -> int:
        """Browser sessions held in memory."""
        return sum(len(context.sessions) for context in self.server._applications.values())


def mount_dashboard(
    app: "FastAPI", service: Service, *, title: str = "Dubarr", session_seconds: float = SESSION_LIFETIME_S
) -> Dashboard:
    """Serve the dashboard at `/` of an app whose other routes exist already. Uses the API's routes there."""
    from panel.io.fastapi import add_applications  # panel takes seconds to import: only where it is served

    from dashboard.figure_routes import create_figure_router
    from dashboard.static import Assets

    patch_session_leak()
    feed = Poller(service)
    app.include_router(create_figure_router(feed.queries))
    app.mount("/assets", Assets(directory=ASSETS))
    styles = "".join(sheet.read_text(encoding="utf-8") for sheet in sorted(ASSETS.glob("*.css")))
    template = (HERE / "page.html").read_text(encoding="utf-8")
    server = add_applications(
        {"/": lambda: _render_tab(feed, template, styles, title)},
        app=app,
        title=title,
        check_unused_sessions_milliseconds=int(session_seconds * 1000),
        unused_session_lifetime_milliseconds=int(session_seconds * 1000),
        # Bokeh writes the request's headers into a token within the page: the password must not stand there.
        include_headers=[],
        include_cookies=[],
    )
    return Dashboard(feed, server)


def _render_tab(feed: Poller, template: str, styles: str, title: str) -> Any:
    """The page of one new tab."""
    import panel
    from panel.io.resources import LOCAL_DIST

    from dashboard.channel import LiveChannel

    # Known only once a page is rendered; a session that a websocket opens again (a laptop woke up) would name Panel's CDN.
    document = panel.state.curdoc
    assert document is not None  # Panel calls us within one
    document.template_variables["dist_url"] = LOCAL_DIST
    document.template_variables["nonce"] = SCRIPT_NONCE.get()
    live = LiveChannel()
    screen = TabSession(feed, live.send)
    live.handle_message = screen.handle_message
    panel.state.on_session_destroyed(lambda _: screen.close())
    where = parse_route(_format_query(panel.state.session_args))
    frame = panel.Template(template)
    frame.add_panel("live", live)
    for name, value in {
        "body": render_page(feed.latest_page(where) or PageModel(utc_now(), where), title=title),
        "styles": styles,
    }.items():
        frame.add_variable(name, value)
    return frame


def _format_query(arguments: dict[str, list[bytes]]) -> str:
    """The query of the page's address."""
    return urlencode({name: values[0].decode("utf-8", "replace") for name, values in arguments.items() if values})
