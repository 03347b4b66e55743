"""Wiring of the dashboard: one poller per process, one session per browser tab, mounted into a FastAPI app."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dashboard.bokeh_patch import patch_session_leak
from dashboard.poller import ChangeSource, Poller
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
SESSION_LIFETIME_S = 10.0  # of a session without a tab; the cleanup takes at most as long again


@dataclass(frozen=True)
class Dashboard:
    """A mounted dashboard: its poller and Bokeh's server."""

    poller: Poller
    server: Any

    @property
    def sessions(self) -> int:
        """Number of browser sessions in memory."""
        return sum(len(context.sessions) for context in self.server._applications.values())


def mount_dashboard(
    app: "FastAPI",
    service: Service,
    *,
    changes: ChangeSource | None = None,
    title: str = "Dubarr",
    session_lifetime_s: float = SESSION_LIFETIME_S,
) -> Dashboard:
    """Mount the dashboard at `/` of an app that has the API's routes already; the page uses them."""
    from panel.io.fastapi import add_applications  # panel takes seconds to import: only route it is served

    from dashboard.figure_routes import create_figure_router
    from dashboard.static import Assets

    patch_session_leak()
    poller = Poller(service, changes=changes)
    app.include_router(create_figure_router(poller.queries))
    app.mount("/assets", Assets(directory=ASSETS))
    styles = "".join(sheet.read_text(encoding="utf-8") for sheet in sorted(ASSETS.glob("*.css")))
    template = (HERE / "page.html").read_text(encoding="utf-8")
    server = add_applications(
        {"/": lambda: _render_tab(poller, template, styles, title)},
        app=app,
        title=title,
        check_unused_sessions_milliseconds=int(session_lifetime_s * 1000),
        unused_session_lifetime_milliseconds=int(session_lifetime_s * 1000),
        # Bokeh writes the request's headers into a token within the page: the password must not stand there.
        include_headers=[],
        include_cookies=[],
    )
    return Dashboard(poller, server)


def _render_tab(poller: Poller, template: str, styles: str, title: str) -> Any:
    """Panel template of one new tab, with its session."""
    import panel
    from panel.io.resources import LOCAL_DIST

    from dashboard.channel import LiveChannel

    # Known only once a page is rendered; a session that a websocket opens again (a laptop woke up) would name Panel's CDN.
    document = panel.state.curdoc
    assert document is not None  # Panel calls us within one
    document.template_variables["dist_url"] = LOCAL_DIST
    document.template_variables["nonce"] = SCRIPT_NONCE.get()
    live = LiveChannel()
    session = TabSession(poller, live.send)
    live.on_message = session.handle_message
    panel.state.on_session_destroyed(lambda _: session.close())
    route = parse_route(_format_query(panel.state.session_args))
    frame = panel.Template(template)
    frame.add_panel("live", live)
    for name, value in {
        "body": render_page(poller.get_latest_page(route) or PageModel(utc_now(), route), title=title),
        "styles": styles,
    }.items():
        frame.add_variable(name, value)
    return frame


def _format_query(arguments: dict[str, list[bytes]]) -> str:
    """Query string of the page's URL."""
    return urlencode({name: values[0].decode("utf-8", "replace") for name, values in arguments.items() if values})
