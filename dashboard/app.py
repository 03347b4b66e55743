"""The dashboard's wiring: one feed for the process, one screen for each tab, one page for all."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dashboard.bokeh_patch import cure_leak
from dashboard.poller import Feed
from dashboard.queries import now
from dashboard.script_nonce import SCRIPT_NONCE
from dashboard.service import Service
from dashboard.session import Screen
from dashboard.urls import place
from dashboard.view_models import Board
from dashboard.views.page import page

if TYPE_CHECKING:
    from fastapi import FastAPI

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
SESSION_SECONDS = 10.0  # a session outlives its tab by this, and by at most as much again until the cleanup comes by


@dataclass(frozen=True)
class Dashboard:
    """A mounted dashboard: its feed, and Bokeh's server beneath it."""

    feed: Feed
    server: Any

    @property
    def sessions(self) -> int:
        """Browser sessions held in memory."""
        return sum(len(context.sessions) for context in self.server._applications.values())


def mount(app: "FastAPI", service: Service, *, title: str = "Dubarr", session_seconds: float = SESSION_SECONDS) -> Dashboard:
    """Serve the dashboard at `/` of an app whose other routes exist already. Uses the API's routes there."""
    from panel.io.fastapi import add_applications  # panel takes seconds to import: only where it is served

    from dashboard.figure_routes import figures
    from dashboard.static import Assets

    cure_leak()
    feed = Feed(service)
    app.include_router(figures(feed.questions))
    app.mount("/assets", Assets(directory=ASSETS))
    styles = "".join(sheet.read_text(encoding="utf-8") for sheet in sorted(ASSETS.glob("*.css")))
    template = (HERE / "page.html").read_text(encoding="utf-8")
    server = add_applications(
        {"/": lambda: _tab(feed, template, styles, title)},
        app=app,
        title=title,
        check_unused_sessions_milliseconds=int(session_seconds * 1000),
        unused_session_lifetime_milliseconds=int(session_seconds * 1000),
        # Bokeh writes the request's headers into a token within the page: the password must not stand there.
        include_headers=[],
        include_cookies=[],
    )
    return Dashboard(feed, server)


def _tab(feed: Feed, template: str, styles: str, title: str) -> Any:
    """The page of one new tab."""
    import panel
    from panel.io.resources import LOCAL_DIST

    from dashboard.channel import Live

    # Known only once a page is rendered; a session that a websocket opens again (a laptop woke up) would name Panel's CDN.
    document = panel.state.curdoc
    assert document is not None  # Panel calls us within one
    document.template_variables["dist_url"] = LOCAL_DIST
    document.template_variables["nonce"] = SCRIPT_NONCE.get()
    live = Live()
    screen = Screen(feed, live.tell)
    live.hear = screen.hear
    panel.state.on_session_destroyed(lambda _: screen.close())
    where = place(_query(panel.state.session_args))
    frame = panel.Template(template)
    frame.add_panel("live", live)
    for name, value in {"body": page(feed.latest(where) or Board(now(), where), title=title), "styles": styles}.items():
        frame.add_variable(name, value)
    return frame


def _query(arguments: dict[str, list[bytes]]) -> str:
    """The query of the page's address."""
    return urlencode({name: values[0].decode("utf-8", "replace") for name, values in arguments.items() if values})
