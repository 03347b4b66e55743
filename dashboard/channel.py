"""Live channel: the Panel component that carries messages between a tab's page and its session (websocket)."""

from collections.abc import Callable, Mapping
from typing import Any

from panel.custom import JSComponent


class LiveChannel(JSComponent):
    """Message channel without a view of its own. `on_message` gets the page's messages; `send` sends to the page."""

    _bundle = (
        "channel.js"  # served as a file; Panel still wraps it in a script of its own, so the policy must allow blob: scripts
    )

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]  # panel's constructors have no types
        self.on_message: Callable[[object], None] = _ignore_message

    def _handle_msg(self, data: object) -> None:
        self.on_message(data)

    def send(self, message: Mapping[str, object]) -> None:
        """Send to the page. Not buffered: before the page has said hello the message is lost."""
        self._send_msg(dict(message))


def _ignore_message(message: object) -> None:
    """Default message handler: ignores messages before a session is connected."""
