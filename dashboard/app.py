"""The dashboard's wiring: one feed for the process, one screen for each tab, one page for all."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.feed import Board, Feed, Service
from dashboard.screen import Screen
from dashboard.sessions import cure_leak
from dashboard.views.page import page

if TYPE_CHECKING:
    from fastapi import FastAPI

HERE = Path(__file__).parent
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
    """Serve the dashboard at `/` of an app whose other routes exist already. Uses POST /upload, /retry, … and /download there."""
    from panel.io.fastapi import add_applications  # panel takes seconds to import: only where it is served

    cure_leak()
    feed = Feed(service)
    styles = (HERE / "style.css").read_text(encoding="utf-8")
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

    from dashboard.live import Live

    # Known only once a page is rendered; a session that a websocket opens again (a laptop woke up) would name Panel's CDN.
    document = panel.state.curdoc
    assert document is not None  # Panel calls us within one
    document.template_variables["dist_url"] = LOCAL_DIST
    live = Live()
    screen = Screen(feed, live.tell)
    live.hear = screen.hear
    panel.state.on_session_destroyed(lambda _: screen.close())
    latest = feed.latest() or Board(datetime.now(UTC).replace(tzinfo=None))
    frame = panel.Template(template)
    frame.add_panel("live", live)
    for name, value in {"body": page(latest, title=title), "styles": styles}.items():
        frame.add_variable(name, value)
    return frame
