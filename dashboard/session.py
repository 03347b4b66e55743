"""A screen: what one tab shows. It remembers what was sent, and sends only what changed."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from dashboard.poller import Poller, Subscription
from dashboard.service import Action
from dashboard.urls import Route, parse_route
from dashboard.view_models import PageModel
from dashboard.views.layout import draw_shell
from dashboard.views.log_tail import diff_log, format_log_lines
from dashboard.views.page import draw_page
from dashboard.views.page_parts import PageParts
from pipeline.errors import DubarrError

log = logging.getLogger(__name__)

Send = Callable[[Mapping[str, object]], None]

ACTION_MESSAGES = {
    Action.RETRY: "Queued again.",
    Action.CANCEL: "Stopped.",
    Action.PURGE: "Dubbing again from the beginning.",
    Action.DELETE: "Removed from the list.",
}


class TabSession:
    """Hears the page, looks at the feed, tells the page. Lives in the event loop."""

    def __init__(self, feed: Poller, tell: Send) -> None:
        self._feed, self._tell = feed, tell
        self._tab: Subscription | None = None
        self._shown: PageParts | None = None
        self._around: Mapping[str, str] = {}
        self._deeds: set[asyncio.Task[None]] = set()  # the loop itself keeps only weak references

    def handle_message(self, message: object) -> None:
        """What the page says. It comes from a browser: anything unknown or ill-formed is passed over."""
        match message:
            case {"hello": str(query)}:
                self.close()
                self._shown, self._around = None, {}  # a page that says hello shows nothing of what we told the one before
                self._look(parse_route(query))
            case {"go": str(query)} if self._tab:
                self._look(parse_route(query))
            case {"ping": int(number)}:
                self._tell({"pong": number})
            case {"action": str(action), "task": int(task_id)} if action in set(Action):
                deed = asyncio.ensure_future(self._do(Action(action), task_id))
                self._deeds.add(deed)
                deed.add_done_callback(self._deeds.discard)
            case {"poke": True}:
                self._feed.poll_now()
            case _:
                log.debug("dashboard: unknown message %r", message)

    def on_page(self, board: PageModel) -> None:
        """Tell the page what differs from what it shows."""
        drawing = draw_page(board)
        shell = {name: str(html) for name, html in draw_shell(board).items()}
        regions = dict(shell)
        change: dict[str, Any] = {}
        if self._shown is None or self._shown.key != drawing.key:
            change["page"] = {"key": drawing.key, "html": str(drawing.html())}
            before = PageParts(drawing.key, "", drawing.frame)
        else:
            before = self._shown
            regions |= {name: str(html) for name, html in drawing.regions.items()}
            change |= _diff_lists(before, drawing) | _diff_log_region(before, drawing)
        told = {**self._around} | {name: str(html) for name, html in before.regions.items()}
        if changed := {name: html for name, html in regions.items() if told.get(name) != html}:
            change["regions"] = changed
        if before.title != drawing.title:
            change["title"] = drawing.title
        self._shown, self._around = drawing, shell
        if change:
            self._tell(change)

    def close(self) -> None:
        """The tab is gone."""
        if self._tab:
            self._feed.unsubscribe(self._tab)
            self._tab = None

    def _look(self, where: Route) -> None:
        if self._tab is None:
            self._tab = self._feed.subscribe(self.on_page, where)
        elif self._tab.route != where:
            self._feed.change_route(self._tab, where)

    async def _do(self, action: Action, task_id: int) -> None:
        try:
            await self._feed.run_action(action, task_id)
        except DubarrError as error:
            self._tell({"said": {"text": str(error), "bad": True}})
        else:
            self._tell({"said": {"text": ACTION_MESSAGES[action], "bad": False}})


def _diff_lists(before: PageParts, now: PageParts) -> dict[str, Any]:
    """The rows that changed, and the order where it did."""
    changes: dict[str, Any] = {}
    for name, rows in now.lists.items():
        old = before.lists.get(name, {})
        change: dict[str, Any] = {}
        if changed := {key: str(html) for key, html in rows.items() if old.get(key) != html}:
            change["rows"] = changed
        if list(old) != list(rows):
            change["order"] = list(rows)
        if change:
            changes[name] = change
    return {"lists": changes} if changes else {}


def _diff_log_region(before: PageParts, now: PageParts) -> dict[str, Any]:
    if now.log is None or before.log is None:
        return {}
    change = diff_log(before.log, now.log)
    return {"log": {"drop": change.drop, "add": str(format_log_lines(change.added))}} if change else {}
