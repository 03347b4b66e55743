"""A screen: what one tab shows. It remembers what was sent, and sends only what changed."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from dashboard.feed import PAGE, Action, Board, Feed, Tab, Watch
from dashboard.views import log as log_view
from dashboard.views import tasks as task_view
from dashboard.views.page import regions, rows
from pipeline.errors import DubarrError

log = logging.getLogger(__name__)

Tell = Callable[[Mapping[str, object]], None]

SAID = {Action.RETRY: "Queued again.", Action.PURGE: "Dubbing again from the beginning.", Action.DELETE: "Removed from the list."}


class Screen:
    """Hears the page, looks at the feed, tells the page. Lives in the event loop."""

    def __init__(self, feed: Feed, tell: Tell) -> None:
        self._feed, self._tell = feed, tell
        self._tab: Tab | None = None
        self._regions: dict[str, str] = {}
        self._rows: dict[int, str] = {}
        self._empty = False
        self._log: tuple[str, ...] | None = None
        self._deeds: set[asyncio.Task[None]] = set()  # the loop itself keeps only weak references

    def hear(self, message: object) -> None:
        """What the page says. It comes from a browser: anything unknown or ill-formed is passed over."""
        match message:
            case {"hello": {"offset": int(offset), "opened": list(opened)}}:
                self._forget()
                self._look(Watch(max(0, offset), _ids(opened)))
            case {"ping": int(number)}:
                self._tell({"pong": number})
            case {"page": int(offset)}:
                self._look(Watch(max(0, offset)))
            case {"opened": list(opened)} if self._tab:
                self._look(Watch(self._tab.watch.offset, _ids(opened)))
            case {"action": str(action), "task": int(task_id)} if action in set(Action):
                deed = asyncio.ensure_future(self._do(Action(action), task_id))
                self._deeds.add(deed)
                deed.add_done_callback(self._deeds.discard)
            case _:
                log.debug("dashboard: unknown message %r", message)

    def show(self, board: Board) -> None:
        """Tell the page what differs from what it shows."""
        if change := self._change(board):
            self._tell(change)

    def close(self) -> None:
        """The tab is gone."""
        if self._tab:
            self._feed.leave(self._tab)
            self._tab = None

    def _look(self, watch: Watch) -> None:
        if self._tab is None:
            self._tab = self._feed.look(self.show, watch)
        elif self._tab.watch != watch:
            self._tab.watch = watch
            self._feed.poke()

    def _forget(self) -> None:
        """A page that says hello shows nothing of what we told the one before."""
        self.close()
        self._regions, self._rows, self._empty, self._log = {}, {}, False, None

    async def _do(self, action: Action, task_id: int) -> None:
        try:
            await self._feed.act(action, task_id)
        except DubarrError as error:
            self._tell({"said": {"text": str(error), "bad": True}})
        else:
            self._tell({"said": {"text": SAID[action], "bad": False}})

    def _change(self, board: Board) -> dict[str, Any]:
        change: dict[str, Any] = {}
        now_regions, now_rows = (
            {key: str(html) for key, html in regions(board).items()},
            {k: str(v) for k, v in rows(board).items()},
        )
        if changed := {key: html for key, html in now_regions.items() if self._regions.get(key) != html}:
            change["regions"] = changed
        if changed_rows := {str(key): html for key, html in now_rows.items() if self._rows.get(key) != html}:
            change["rows"] = changed_rows
        empty = not now_rows and board.health is not None
        if list(now_rows) != list(self._rows) or empty != self._empty:
            change["order"] = list(now_rows)
            change["empty"] = str(task_view.EMPTY) if empty else ""
        if log_change := self._log_change(board):
            change["log"] = log_change
        self._regions, self._rows, self._empty, self._log = now_regions, now_rows, empty, board.log
        return change

    def _log_change(self, board: Board) -> dict[str, Any] | None:
        if self._log is None:
            return {"drop": None, "add": str(log_view.log_lines(board.log))}
        change = log_view.log_change(self._log, board.log)
        return {"drop": change.drop, "add": str(log_view.log_lines(change.added))} if change else None


def _ids(values: list[object]) -> frozenset[int]:
    return frozenset(value for value in values[:PAGE] if isinstance(value, int) and not isinstance(value, bool))
