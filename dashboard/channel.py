"""The live component: Panel's channel between a tab's page and its screen. It draws nothing itself."""

from collections.abc import Callable, Mapping
from typing import Any

from panel.custom import JSComponent


class LiveChannel(JSComponent):
    """Carries messages: whatever the page says goes to `hear`; `tell` speaks to the page."""

    _bundle = (
        "channel.js"  # served as a file; Panel still wraps it in a script of its own, so the policy must allow blob: scripts
    )

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]  # panel's constructors have no types
        self.handle_message: Callable[[object], None] = _ignore_message

    def _handle_msg(self, data: object) -> None:
        self.handle_message(data)

    def send(self, message: Mapping[str, object]) -> None:
        """Send to the page. Nothing is kept for later: before the page has said hello there is nobody to hear it."""
        self._send_msg(dict(message))


def _ignore_message(message: object) -> None:
    """What is heard before anybody listens."""
