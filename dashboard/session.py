"""Session of one browser tab: handles its messages, and sends the difference between the shown and the current page."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
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
    Action.WHOLE: "Queued to be dubbed whole.",
    Action.CANCEL: "Cancelled. Retry resumes it.",
    Action.PURGE: "Queued to be re-dubbed from scratch.",
    Action.DELETE: "Deleted.",
}


class TabSession:
    """Messages in, page differences out. Lives in the event loop."""

    def __init__(self, poller: Poller, send: Send) -> None:
        self._poller, self._send = poller, send
        self._subscription: Subscription | None = None
        self._shown: PageParts | None = None
        self._shell: Mapping[str, str] = {}
        self._actions: set[asyncio.Task[None]] = set()  # the loop itself keeps only weak references

    def handle_message(self, message: object) -> None:
        """Handle a message from the browser; anything unknown or ill-formed is ignored."""
        match message:
            case {"hello": str(query)}:
                self.close()
                self._shown, self._shell = None, {}  # a page that says hello shows nothing of what the one before was sent
                self._open_route(parse_route(query))
            case {"go": str(query)} if self._subscription:
                self._open_route(parse_route(query))
            case {"ping": int(number)}:
                self._send({"pong": number})
            case {"action": str(action), "task": int(task_id)} if action in set(Action):
                running = asyncio.ensure_future(self._run_action(Action(action), task_id))
                self._actions.add(running)
                running.add_done_callback(self._actions.discard)
            case {"refresh": True}:
                self._poller.poll_now()
            case _:
                log.debug("dashboard: unknown message %r", message)

    def on_page(self, model: PageModel) -> None:
        """Send the difference between the shown page and this one."""
        parts = draw_page(model)
        shell = {name: str(html) for name, html in draw_shell(model).items()}
        regions = dict(shell)
        change: dict[str, Any] = {}
        if self._shown is None or self._shown.key != parts.key:
            change["page"] = {"key": parts.key, "html": str(parts.html())}
            before = PageParts(parts.key, "", parts.frame)
        else:
            before = self._shown
            regions |= {name: str(html) for name, html in parts.regions.items()}
            change |= _diff_lists(before, parts) | _diff_log_region(before, parts)
        sent = {**self._shell} | {name: str(html) for name, html in before.regions.items()}
        if changed := {name: html for name, html in regions.items() if sent.get(name) != html}:
            change["regions"] = changed
        if before.title != parts.title:
            change["title"] = parts.title
        self._shown, self._shell = parts, shell
        if change:
            self._send(change)
        if "page" in change and parts.windowed:  # after the page, which is in use while the rows of a long film arrive
            self._send({"lists": _diff_lists(before, parts, names=parts.windowed)["lists"]})

    def close(self) -> None:
        """Unsubscribe: the tab was closed."""
        if self._subscription:
            self._poller.unsubscribe(self._subscription)
            self._subscription = None

    def _open_route(self, route: Route) -> None:
        if self._subscription is None:
            self._subscription = self._poller.subscribe(self.on_page, route)
        elif self._subscription.route != route:
            self._poller.change_route(self._subscription, route)

    async def _run_action(self, action: Action, task_id: int) -> None:
        try:
            await self._poller.run_action(action, task_id)
        except DubarrError as error:
            self._send({"toast": {"text": str(error), "bad": True}})
        else:
            self._send({"toast": {"text": ACTION_MESSAGES[action], "bad": False}})


def _diff_lists(before: PageParts, now: PageParts, *, names: Collection[str] | None = None) -> dict[str, Any]:
    """Changed rows of each list, or of those of these names, and its order where that changed."""
    changes: dict[str, Any] = {}
    for name in now.lists if names is None else names:
        rows = now.lists[name]
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
